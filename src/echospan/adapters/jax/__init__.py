"""Plain JAX functions (init, apply) as adapters. JAX is imported when its functions run."""
