"""Fused kernels that any Keras model gets without changing its code.

`hook`        While a model is traced inside `fused`, Keras's layers ask here first.
`layers`      From a Keras layer's settings to a kernel's arguments, or a refusal.
`recurrence`  What an implementation of a cell is, and how it gets its own backward pass.
`choice`      Which implementation of a cell runs.
`lstm`, `gru`, `simple_rnn`   The cells in pure JAX.
`native`      Three of them compiled from C++, where that could be built, and what follows here.
`dense`       The dense layer.
`scores`      Loss and accuracy.
`marks`       What is known of an array beyond its numbers.
`rows`        Products with one-hot vectors without the product.

To add an implementation of a cell (compiled, for one device), write the three functions of
`recurrence.Implementation` and put it into the table in `choice`. Nothing else changes.
"""

from echospan.engine.kernels.marks import mark_one_hot, one_hot_symbols
from echospan.engine.kernels.patching import fused

__all__ = ["fused", "mark_one_hot", "one_hot_symbols"]
