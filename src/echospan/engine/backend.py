"""Keras on JAX, as the engine asks for it; see `echospan.backend`."""

from echospan.backend import cache_folder, keras_on_jax

__all__ = ["cache_folder", "keras_on_jax"]
