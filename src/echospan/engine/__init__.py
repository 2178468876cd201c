"""The engine: Keras models trained and judged inside compiled programs, state carried explicitly."""
