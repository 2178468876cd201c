"""Whether the clone that probes run is the user's model: with the same weights, the same answers.

Double precision must not change what a model does: values that single precision cannot hold,
thresholds and casts. Where it does, probes run at the user's precision.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.adapters.base import Adapter
from echospan.doctor.as_given import AsGiven
from echospan.doctor.examination import Examination
from echospan.doctor.probe_model import ProbeModel, first, fullest, typed
from echospan.results.check_report import Finding

APART = 0.02
"""Share of the outputs' size from which a difference may be more than rounding."""

ROUNDED = 100
"""How many times what rounding of the weights changes a difference must be."""

ROUNDING = 2.0**-23
"""By what share weights are moved to see what rounding changes."""

SHALLOW = 1e-4
"""Share of the outputs' size below which a copy answers as the module itself."""


def fidelity_findings(examination: Examination) -> list[Finding]:
    """Compare clones and model; where they differ, probes get another clone, or none."""
    probed, given = examination.probed, examination.given
    if probed is None or given is None:
        return []
    try:
        _compare(examination, probed, given)
    except Exception as error:
        # Whatever a layer of the user's raises: it is said that this was not looked at.
        examination.skip(f"whether the clone is the model ({type(error).__name__})")
    return []


def _compare(examination: Examination, probed: ProbeModel, given: AsGiven) -> None:
    batches = _batches(examination)
    answers = [given.adapter.whole(batch) for batch in batches]
    itself = [given.adapter.answers_of_the_users_own(batch) for batch in batches[:1]]
    if itself[0] is not None:
        apart, size = _apart(answers[0], itself[0])
        if apart > SHALLOW * size and apart > ROUNDED * _rounding(given.adapter, batches[:1]):
            examination.compare_no_outputs(
                f"a copy of the module answers otherwise than the module itself, apart by "
                f"{apart:.2g} where its outputs are about {size:.2g}"
            )
            return
    if kept := given.adapter.still_uses(batches[0]):
        examination.compare_no_outputs(
            f"a copy of the module still computes with {kept[0]} of the module itself, by a "
            "function that it keeps: make it a method"
        )
        return
    if probed.adapter.precision != "float64" or given.adapter.precision == "float64":
        return
    doubled = _with_the_same_weights(probed.adapter, given.adapter, batches)
    if doubled is None:
        examination.skip("whether double precision changes the outputs: its weights do not fit")
        return
    gaps = [_apart(one, other) for one, other in zip(answers, doubled, strict=True)]
    apart, size = max(gap for gap, _ in gaps), max(size for _, size in gaps)
    if apart <= APART * size or apart <= ROUNDED * _rounding(given.adapter, batches):
        return
    examination.probe_as_given(
        f"in double precision the model answers otherwise, apart by {apart:.2g} where its outputs "
        f"are about {size:.2g}: a threshold, a cast or a value that single precision rounds "
        "decides; probes run in the model's own precision"
    )


def _batches(examination: Examination) -> list[list[np.ndarray]]:
    """The first samples, and those with the most padding, in batches as probes run them."""
    sources, rows = examination.data.sources, examination.rows
    count = len(sources[0].values)
    chosen = [first(sources, rows)]
    if not examination.stateful and count > rows:
        # In the order of `fullest` these stand last.
        chosen.append(fullest(sources, count)[-rows:])
    return [typed(sources, each) for each in chosen]


def _with_the_same_weights(
    double: Adapter, given: Adapter, batches: Sequence[Sequence[np.ndarray]]
) -> list[list[np.ndarray]] | None:
    own, weights = double.parameters(), given.parameters()
    pairs = list(zip(own.items(), weights.values(), strict=False))
    if len(own) != len(weights) or any(a.shape != b.shape for (_, a), b in pairs):
        return None
    with double.kept_weights():
        double.set_parameters({name: value for (name, _), value in pairs})
        return [double.whole(batch) for batch in batches]


def _rounding(adapter: Adapter, batches: Sequence[Sequence[np.ndarray]]) -> float:
    """What the outputs change by if weights are rounded otherwise."""
    rng = np.random.default_rng(11)
    before = [adapter.whole(batch) for batch in batches]

    def rounded(_: str, values: np.ndarray) -> np.ndarray:
        return values * (1 + ROUNDING * rng.choice([-1, 1], size=values.shape))

    with adapter.moved(rounded):
        after = [adapter.whole(batch) for batch in batches]
    return max(_apart(one, other)[0] for one, other in zip(before, after, strict=True))


def _apart(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> tuple[float, float]:
    """The largest difference of two answers, and how large they are."""
    apart = size = 0.0
    for a, b in zip(one, other, strict=True):
        if a.shape != b.shape:
            return float("inf"), 1.0
        gap = np.abs(a.astype("float64") - b.astype("float64"))
        # What is no number in both is the same; in one alone it is not.
        gap = np.where(np.isfinite(a) == np.isfinite(b), np.nan_to_num(gap, posinf=0.0), np.inf)
        apart = max(apart, float(gap.max(initial=0.0)))
        size = max(size, float(np.nan_to_num(np.abs(a), posinf=0.0).max(initial=0.0)))
    return apart, size or 1.0
