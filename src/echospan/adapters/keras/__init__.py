"""Keras models on whichever backend Keras runs: as adapters, and how the span trains them."""
