"""A readout in closed form for every lag, from features that are the same for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.engine.ridge import Answers, Spectrum, sums_of
from echospan.engine.values import variables
from echospan.errors import ConfigError
from echospan.tasks import absent

if TYPE_CHECKING:
    import keras

PENALTIES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0)


def solve_readout(
    features: np.ndarray,
    targets: np.ndarray,
    unseen: np.ndarray,
    asked: np.ndarray,
    symbols: int,
) -> np.ndarray:
    """Weights (features + 1, symbols or 1), the bias last, with the penalty that validates best.

    Args:
        features: (sequences, time, features) to solve on.
        targets: Symbols, or numbers, (sequences, time); nothing where not scored.
        unseen: Features to choose the penalty on.
        asked: Their targets.
        symbols: Number of distinct symbols; 0 for numbers.
    """
    x, y = _scored(features, targets)
    spectrum = Spectrum(sums_of(Answers(x, np.eye(symbols)[y] if symbols else y[:, None])))
    new, wanted = _scored(unseen, asked)
    solved = [np.vstack(spectrum.solve(penalty)) for penalty in PENALTIES]

    def right(weights: np.ndarray) -> float:
        given = new @ weights[:-1] + weights[-1]
        if symbols:
            return float((given.argmax(axis=1) == wanted).mean())
        return -float(((given[:, 0] - wanted) ** 2).mean())

    return max(solved, key=right)


def readout_places(model: keras.Model) -> tuple[int, int]:
    """Where kernel and bias of the model's last layer stand among its trainable values.

    Raises:
        ConfigError: The last layer is not dense, or has no bias.
    """
    import keras

    layer = model.layers[-1]
    if not isinstance(layer, keras.layers.Dense) or not layer.use_bias:
        raise ConfigError("model", "a model whose last layer is dense, with a bias", layer.name)
    known = [id(variable) for variable in variables(model).trainable]
    return known.index(id(layer.kernel)), known.index(id(layer.bias))


def _scored(features: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    asked = ~absent(targets)
    return features[asked].astype(np.float64), targets[asked]
