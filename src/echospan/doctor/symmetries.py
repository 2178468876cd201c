"""What a model's answers do when samples or time steps change places.

Rows of a batch that change places must take their answers with them. Steps that change places must
change the answers, wherever the targets depend on the order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.doctor.draws import differ
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.order_in_data import order_counts, order_in_features
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import ProbeModel, typed
from echospan.doctor.reach import DRAWS
from echospan.doctor.streams import absent_steps
from echospan.results.check_report import Finding

ROUNDING = 1e-5
"""Share of the largest output below which a change is rounding: sums run in another order, and some
attention computes in single precision within a clone in double."""


def symmetry_findings(examination: Examination) -> list[Finding]:
    """Answers that hang on a sample's place in the batch, or not on the order of its steps."""
    if examination.probed is None or any(pair.probed is None for pair in examination.pairs.every):
        return []
    try:
        return [*_place_in_batch(examination), *_order_blind(examination)]
    except Exception as error:
        # Whatever a layer of the user's raises: the rest is checked without it.
        examination.skip(f"what changes when samples change places ({type(error).__name__})")
        return []


def inputs_of(examination: Examination, probed: ProbeModel, seed: int) -> list[np.ndarray]:
    """One batch of random inputs, all of whose time steps count; the weights are drawn as well.

    Lengths stay the user's own, and so does what is the same in every sample, such as positions.
    """
    probed.redraw(seed)
    rng = np.random.default_rng(4_000 + seed)
    found = list(probed.held())
    for pair in examination.pairs.every:
        source, model = pair.source, pair.model
        if model is None or _same_in_all(source.values) or model.range == "flags":
            continue
        kind = found[source.number].dtype
        found[source.number] = model.drawn(rng, found[source.number].shape).astype(kind)
    return found


def _same_in_all(values: np.ndarray) -> bool:
    few = values[:64]
    return len(few) > 1 and bool((few == few[:1]).all())


def _changed(probed: ProbeModel, first: np.ndarray, second: np.ndarray) -> bool:
    precision = probed.adapter.precision
    if precision != "float64":
        return bool(differ(first, second, precision).any())
    known = np.abs(first[np.isfinite(first)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):
        gap = np.abs(first - second)
    return bool((np.where(np.isfinite(gap), gap, 0.0) > ROUNDING * max(known, 1e-30)).any())


def _place_in_batch(examination: Examination) -> list[Finding]:
    """Samples that change places and do not take their answers with them."""
    probed, pairs = examination.probed, examination.pairs.every
    assert probed is not None
    if probed.rows < 2:
        return []
    if any(pair.probed is not None and pair.probed.mixed is not None for pair in pairs):
        return []
    tried = [inputs_of(examination, probed, seed) for seed in range(2)]
    own = _of_all_lengths(examination, probed)
    for number, inputs in enumerate([*tried, own] if own is not None else tried):
        probed.redraw(min(number, 1))
        moved = [np.roll(each, 1, axis=0) for each in inputs]
        before, after = probed.adapter.whole(inputs), probed.adapter.whole(moved)
        for target in examination.data.targets:
            one, other = before[target.number], after[target.number]
            if one.ndim and len(one) == probed.rows:
                back = np.roll(other, -1, axis=0)
                if _changed(probed, one, back) and not _keeps(probed, inputs):
                    if _changed(probed, one, other):
                        return [_by_place(examination, one, back)]
                    return [_sorted(examination)]
    return []


def _of_all_lengths(examination: Examination, probed: ProbeModel) -> list[np.ndarray] | None:
    """The user's own samples, shorter ones first; None where all are equally long."""
    sources = examination.data.sources
    padding = [absent_steps(source.values)[0].sum(1) for source in sources if source.sequence]
    most = max(padding, key=lambda each: int(each.max()))
    order = np.argsort(-most, kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, probed.rows).astype(int)]
    return typed(sources, chosen) if len(set(most[chosen].tolist())) > 1 else None


def _sorted(examination: Examination) -> Finding:
    """Answers that stand in an order of their own."""
    torch = examination.facts.framework == "torch"
    return find(
        "place-in-batch",
        "The same samples in another order give the same answers in the order as before: the model "
        "sorts the samples of a batch, by their lengths for instance, and does not put the answers "
        "back. Each is compared with another sample's target.",
        remedy="out = out[torch.argsort(order)]  # order: the one that x[order] sorted by; or "
        "enforce_sorted=False in pack_padded_sequence, without sorting"
        if torch
        else "# put the answers back: out[argsort(order)], where x[order] was sorted",
        sorted=True,
    )


def _keeps(probed: ProbeModel, inputs: Sequence[np.ndarray]) -> bool:
    """Whether the module keeps a state by itself: each row goes on from its own."""
    if probed.adapter.support("chunks").verdict != "supported":
        return False
    _, state = probed.adapter.chunk(inputs, probed.adapter.initial_state(probed.rows))
    return any(name.startswith("kept") for name in state.leaves)


def _by_place(examination: Examination, one: np.ndarray, other: np.ndarray) -> Finding:
    rows = len(one)
    size = float(np.nanmax(np.abs(one - other)))
    whole = examination.data.samples <= examination.batch_size
    return find(
        "place-in-batch",
        f"The same {rows} samples in another order give other answers, apart by {size:.2g}: the "
        "answer for a sample depends on its place in the batch, not on the other samples. "
        "Something of the model has one entry for each row, such as positions, a start state or "
        "weights laid along the batch axis instead of the time axis."
        + (" All samples fit into one batch, where each may have its own row." if whole else ""),
        severity="warning" if whole else "error",
        change=size,
        rows=rows,
    )


def _order_blind(examination: Examination) -> list[Finding]:
    probed, pairs = examination.probed, examination.pairs
    assert probed is not None
    if examination.stateful:
        return []
    found = []
    for pair in pairs.telling():
        if _tried(pair) and (blind := _blind(examination, probed, pair)):
            finding = _of_order(examination, pair, blind)
            found += [] if finding is None else [pairs.named(finding, pair)]
    return found


def _tried(pair: Pair) -> bool:
    probed = pair.probed
    if probed is None or probed.constant or probed.mixed is not None or pair.call.timesteps < 3:
        return False
    # Answers that hear their own step alone have no order to hear.
    return not pair.call.every or _heard(pair, 1) > 0 or probed.future is not None


def _heard(pair: Pair, first: int) -> int:
    """How many of the steps that were probed are heard, from a lag on."""
    assert pair.probed is not None
    return sum(bool(lag.forward) for lag in pair.probed.lags if lag.lag >= first)


def _blind(examination: Examination, probed: ProbeModel, pair: Pair) -> str:
    """How the order of the steps is not heard: "whole", "before the last", or not so: empty."""
    steps = pair.call.timesteps
    timed = [
        source.number
        for source in examination.data.sources
        if source.sequence and source.values.shape[1] == steps and not _same_in_all(source.values)
    ]
    # An answer that hears one of the steps, or none, has no order of them to hear.
    last = {"whole": steps} if pair.call.every or _heard(pair, 0) > 1 else {}
    if not pair.call.every and steps > 3 and _heard(pair, 1) > 1:
        last["before the last"] = steps - 1
    for seed in range(DRAWS):
        if not last:
            return ""
        inputs = inputs_of(examination, probed, seed)
        before = _answers(pair, probed.adapter.whole(inputs))
        for kind, stop in list(last.items()):
            order = _order(steps, stop, seed)
            moved = [each[:, order] if n in timed else each for n, each in enumerate(inputs)]
            after = _answers(pair, probed.adapter.whole(moved))
            expected = before[:, order] if pair.call.every else before
            if not np.isfinite(before).any() or _changed(probed, expected, after):
                del last[kind]
    return next(iter(last), "")


def _answers(pair: Pair, outputs: Sequence[np.ndarray]) -> np.ndarray:
    assert pair.model is not None
    own = outputs[pair.target.number]
    return own.reshape(pair.model.rows, pair.model.answers, -1)


def _order(steps: int, stop: int, seed: int) -> np.ndarray:
    """Each step before `stop` in another place, in no regular way: one that stays is not tried."""
    rng, order = np.random.default_rng(seed), np.arange(steps)
    while (order[:stop] == np.arange(stop)).any():
        order[:stop] = rng.permutation(stop)
    return order


def _of_order(examination: Examination, pair: Pair, blind: str) -> Finding | None:
    """The finding, as far as the targets depend on the order; None where they do not."""
    if order_in_features(pair.source.values):
        return None
    counts = order_counts(pair, before_the_last=blind == "before the last")
    if counts.kind == "no":
        return None
    if pair.call.every:
        told = "Time steps that change places take their answers with them"
    elif blind == "whole":
        told = "The answer stays the same when the time steps change places"
    else:
        told = "The answer stays the same when the time steps before the last one change places"
    known = counts.kind == "yes"
    return find(
        "order-blind",
        f"{told}, with any random weights tried: the model can't tell the order of the "
        f"{pair.call.timesteps} steps. {counts.reason}",
        severity="warning" if known else "note",
        exact=counts.exact,
        remedy=_remedy(pair, examination.facts.framework),
        steps=pair.call.timesteps,
        blind=blind,
        draws=DRAWS,
        ordered=counts.ordered,
        unordered=counts.unordered,
    )


def _remedy(pair: Pair, framework: str) -> str:
    steps = pair.call.timesteps
    if framework == "torch":
        return (
            "h = h + self.place.weight[: h.shape[1]]  # h (batch, time, width), before attention "
            f"or pooling; in __init__: self.place = torch.nn.Embedding({steps}, width)"
        )
    if framework == "keras":
        return (
            f"h = h + keras.layers.Embedding({steps}, h.shape[-1])(keras.ops.arange({steps})[None])"
            "  # h (batch, time, width), before attention or pooling; or an LSTM in its place"
        )
    return "h = h + params['place']  # (time, width), drawn in init; before attention or pooling"
