"""Weights without a gradient, found under several draws and confirmed with the user's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echospan.adapters.adapt import adapt
from echospan.adapters.base import Adapter
from echospan.adapters.teaching import Teaching
from echospan.doctor.probe_model import typed

if TYPE_CHECKING:
    from echospan.doctor.as_given import AsGiven
    from echospan.doctor.examination import Examination

DRAWS = 3
"""Draws of the weights under which a weight must be without a gradient."""

MOST_WORK = 4_000_000_000
"""Weights times steps times rows times calls, from which on it is left for a thorough look."""

MOST_BATCHES = 4
"""Batches of the user's on which the own weights are tried."""


@dataclass(frozen=True)
class Silent:
    """Weights that no gradient reaches, by what keeps it away.

    Attributes:
        cut: They change the outputs, and no gradient comes back.
        unused: They do not hang together with the outputs at all.
        cancelled: They are used, and no value of theirs makes a difference.
        single: Softmaxes over an axis of length one.
        idle: Parts that were not called.
    """

    cut: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.cut, *self.unused, *self.cancelled)


def silent_weights(examination: Examination) -> Silent:
    """Look for weights without a gradient, among those that are to be trained."""
    probed = examination.probed
    assert probed is not None
    adapter, inputs = probed.adapter, probed.first_inputs()
    trained = adapter.trained()
    values = adapter.parameters()
    kernels = [name for name in trained if name in values and values[name].ndim >= 2]
    if examination.facts.framework != "torch":
        steps = max((each.shape[1] for each in inputs if each.ndim > 1), default=1)
        work = len(kernels) * examination.facts.parameters * steps * len(inputs[0])
        if work > MOST_WORK and not examination.thorough:
            examination.leave_for_thorough("whether all weights have an effect on the outputs")
            return Silent()
    names, taught = set(trained), None
    for seed in range(DRAWS):
        probed.redraw(seed)
        # Behind inputs that are zero a weight has no gradient, whatever the model.
        inputs = probed.first_inputs() if seed == 0 else probed.drawn_inputs()
        taught = adapter.teaching(inputs)
        names = _quiet(adapter, inputs, names, taught)
        if not names:
            return Silent()
    given = examination.given
    if given is not None:
        names = _confirmed(given, adapter, names)
    if names and examination.facts.framework == "keras":
        names = _in_training(examination, adapter, names)
    found = _sorted(adapter, inputs, _whole_parts(names, adapter), taught)
    if not found.cut and set(kernels) <= names:
        # The output is the same for all weights, as behind a rectifier: no part is to blame.
        return Silent()
    return found


def influences(
    adapter: Adapter, inputs: Sequence[np.ndarray], name: str, values: Mapping[str, np.ndarray]
) -> bool:
    """Whether other values of a weight change the outputs at all.

    Args:
        adapter: The clone; its weights come back.
        inputs: One batch.
        name: Of the weight.
        values: The weights as they are.
    """
    rng, own = np.random.default_rng(11), values[name]
    before = adapter.whole(inputs)
    try:
        for _ in range(2):
            moved = own + rng.normal(size=own.shape) * (0.1 + np.abs(own).mean())
            adapter.set_parameters({name: moved})
            after = adapter.whole(inputs)
            if any(not np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
                return True
    finally:
        adapter.set_parameters({name: own})
    return False


def part_of(name: str) -> str:
    """The layer or module that holds a weight, or the weight itself where nothing does."""
    return name.rpartition("/" if "/" in name else ".")[0] or name


def _quiet(
    adapter: Adapter,
    inputs: Sequence[np.ndarray],
    among: Collection[str],
    taught: Teaching | None,
) -> set[str]:
    """Those of some weights that have no gradient here.

    Torch tells by the graph. For others the weights are moved, which needs no compiling; what is
    cut off from the gradient and has an effect all the same is told by tracing.
    """
    if adapter.framework == "torch":
        assert taught is not None
        return {n for n in _pieces(among, taught) if not taught.weights[n].gradient}
    weights = taught.weights if taught else {}
    cut = {name for name in among if name in weights and not weights[name].gradient}
    values = adapter.parameters()
    rest = [n for n in among if n not in cut and n in values and values[n].ndim >= 2]
    return cut | {n for n in rest if not influences(adapter, inputs, n, values)}


def _pieces(among: Collection[str], taught: Teaching) -> list[str]:
    """Names as one call gives them: a weight that stands for three has three names there."""
    packed = ("in_proj_weight", "in_proj_bias")
    return [
        name
        for name, weight in taught.weights.items()
        if name in among or (weight.registered and name.endswith(packed))
    ]


def _confirmed(given: AsGiven, adapter: Adapter, names: set[str]) -> set[str]:
    """Those that have no gradient with the user's own weights and data, in either mode."""
    # Layers of a class's own making may be numbered differently in each clone.
    own = dict(zip(adapter.trained(), given.adapter.trained(), strict=False))
    back = {new: old for old, new in own.items()}
    left = {own.get(name, name) for name in names}
    most = min(len(given.samples), MOST_BATCHES * given.rows)
    for start in range(0, most - given.rows + 1, given.rows):
        inputs = typed(given.sources, given.samples[start : start + given.rows])
        for training in (False, True) if given.adapter.framework == "torch" else (False,):
            taught = given.adapter.teaching(inputs, training=training)
            left = _quiet(given.adapter, inputs, left, taught)
    return {back.get(name, name) for name in left}


def _in_training(examination: Examination, adapter: Adapter, names: set[str]) -> set[str]:
    """Those that have no effect in training mode, either, as sampling or noise has."""
    probed = examination.probed
    assert probed is not None
    if adapter.adds_losses():
        return set()
    inputs = probed.first_inputs()
    training = adapt(examination.model, examination.data.structure.pack(inputs), training=True)
    own = dict(zip(adapter.trained(), training.trained(), strict=False))
    quiet = _quiet(training, inputs, {own[n] for n in names if n in own}, training.teaching(inputs))
    return {name for name in names if own.get(name) in quiet}


def _whole_parts(names: set[str], adapter: Adapter) -> list[str]:
    """Without biases, and without vectors of a part whose matrices have a gradient."""
    values = adapter.parameters()
    matrices = {part_of(n) for n, v in values.items() if v.ndim >= 2 and n not in names}
    found = []
    for name in sorted(names):
        ndim = values[name].ndim if name in values else 2
        if "bias" in name.rpartition("/" if "/" in name else ".")[2]:
            continue
        if ndim < 2 and part_of(name) in matrices:
            continue
        found.append(name)
    return found


def _sorted(
    adapter: Adapter, inputs: Sequence[np.ndarray], names: Sequence[str], taught: Teaching | None
) -> Silent:
    values, weights = adapter.parameters(), taught.weights if taught else {}
    cut = [n for n in names if n in values and influences(adapter, inputs, n, values)]
    rest = [n for n in names if n not in cut]
    # Of a Keras model only weights are looked at that layers of the model's graph hold.
    unused = [n for n in rest if n in weights and not weights[n].connected]
    return Silent(
        tuple(cut),
        tuple(unused),
        tuple(n for n in rest if n not in unused),
        taught.single if taught else (),
        taught.idle if taught else (),
    )
