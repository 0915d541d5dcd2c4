"""Acme: a made-up company of 5,000 with a known truth, two in three of them without a desk.

What stands in the files is what a company has: the payroll's facts, who reports to whom, a survey that one in four answered,
what people said, how many e-mails they write. What each truly cares about, what each message does to them, and *from whom*
they would hear it stands in no file: those without a desk listen to a colleague, those with one to their manager, and the top
moves few. One slide deck for all of them is the rival to beat.
"""

from groundswell.worlds.company.company import OPTIONS, Company, make_company
from groundswell.worlds.company.folder import FILE, read_company, write_company

__all__ = ["FILE", "OPTIONS", "Company", "make_company", "read_company", "write_company"]
