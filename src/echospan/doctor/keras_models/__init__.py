"""The doctor for Keras models, on whichever backend Keras runs."""
