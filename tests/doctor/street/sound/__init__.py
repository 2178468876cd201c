"""Sound set-ups: models that learn, on which the doctor must raise no error.

``python -m doctor.street.sound`` (from `tests`) checks them and counts what it says; with
``--train`` it trains each for some seconds and compares the loss with the best constant answer's.
"""
