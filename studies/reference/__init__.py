"""The reference table: spans of many architectures under one protocol.

`cells` says which, most important first; `python -m studies.reference` measures what is missing.
"""
