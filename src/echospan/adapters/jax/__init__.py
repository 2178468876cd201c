"""Plain JAX functions (init, apply): as an adapter, and as a Keras model that the span trains."""
