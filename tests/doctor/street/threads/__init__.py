"""Faults that people described in public threads, rebuilt small; see README.md."""
