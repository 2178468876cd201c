"""Numbers that have nothing to do with the input."""

from __future__ import annotations

from typing import Any

import keras

from echospan.arguments import validated, whole
from echospan.layers.settings import check_readable


@keras.saving.register_keras_serializable(package="echospan")
class Noise(keras.layers.Layer):  # type: ignore[misc]
    """Standard normal numbers in the shape of the input, in training and in inference.

    Args:
        seed: Names the stream of numbers.

    Example:
        >>> layer = echospan.layers.Noise(seed=0)
        >>> layer(np.zeros((2, 5, 4))).shape  # (batch, time, features)
        (2, 5, 4)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Refuse arguments that cannot be read."""
        check_readable(args, kwargs)
        return super().__new__(cls, *args, **kwargs)

    @validated(seed=whole(0))
    def __init__(self, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any) -> Any:
        """Inputs (...) -> noise (...)."""
        return keras.random.normal(
            keras.ops.shape(inputs), dtype=self.compute_dtype, seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The seed."""
        return {**super().get_config(), "seed": self.seed}
