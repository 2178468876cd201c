"""The doctor's own examination: cases that have a fault, and twins that do not.

``python -m doctor.bench`` (from `tests`, or with it on PYTHONPATH) runs all cases and prints what
was detected, missed and raised without cause.
"""
