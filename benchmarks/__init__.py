"""Figures, measured: each against a rival or a limit in the same run."""
