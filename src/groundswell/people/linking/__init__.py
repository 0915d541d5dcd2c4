"""Who is the same person, within a list and across lists."""
