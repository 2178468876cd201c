"""Keras models: how they take inputs and give outputs, and how the span trains them."""
