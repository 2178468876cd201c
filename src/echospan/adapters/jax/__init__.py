"""Plain JAX functions (init, apply)."""
