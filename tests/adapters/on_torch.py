"""A program: holds Keras's adapter to its contract on the torch backend."""

from __future__ import annotations

import keras
import numpy as np

from adapters.models import X, Y, leaky
from echospan.testing import check_adapter

assert keras.backend.backend() == "torch"
adapter = leaky("keras", precision="float64")
np.testing.assert_allclose(adapter.whole([X])[0], Y)
last = np.zeros((3, 2, 1))
last[0, 1] = 1
found = adapter.gradient([[X[:, :1]], [X[:, 1:2]], [X[:, 2:]]], [last], parameters=True)
slopes = np.concatenate([chunk[0][0, :, 0] for chunk in found.inputs])  # type: ignore[index]
np.testing.assert_allclose(slopes, [0.125, 0.25, 0.5, 1])
np.testing.assert_allclose(adapter.loss_per_sample([X], [0 * Y]), (Y**2).mean((1, 2)), rtol=1e-6)
assert adapter.support("train").verdict == "refused"
check_adapter(adapter, [X])
