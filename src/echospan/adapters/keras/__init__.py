"""Keras models as adapters, on whichever backend Keras runs."""
