"""A program: the cells of flax.nnx conform."""

from __future__ import annotations

from flax import nnx

from echospan.conformance.conform import conform

CELLS = (nnx.LSTMCell, nnx.OptimizedLSTMCell, nnx.SimpleCell, nnx.GRUCell)

for kind in CELLS:
    report = conform(nnx.RNN(kind(3, 5, rngs=nnx.Rngs(0))))
    wrong = [(check.name, check.verdict) for check in report.checks if not check.passed]
    assert not report.faults, (kind, wrong)
    assert report.verdict == "conforms", (kind, wrong)
    assert report.framework == "flax"
