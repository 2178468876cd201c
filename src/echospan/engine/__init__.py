"""The engine: Keras models trained and judged in compiled programs, state carried explicitly."""
