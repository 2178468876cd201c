"""The longer series that a model's samples are cut from, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echospan.doctor.examination import Examination
from echospan.doctor.pairs import Pair
from echospan.doctor.placing import linked_windows
from echospan.doctor.streams import Streams, flat_features
from echospan.doctor.timeline import Timeline
from echospan.errors import DataError
from echospan.lookback.apart import observed_apart
from echospan.lookback.series import Observed, prepared, starts_of
from echospan.lookback.table import Kind

MOST_STREAMS = 128
"""Numbers of one step up to which the data are asked what they need."""

MOST_CLASSES = 256
"""Different symbols that answers may be."""


FEWEST, ALIKE = 40, 0.95
"""Targets that are compared with later inputs, and the share that must agree."""


class Unknown(Exception):
    """What the data need can't be measured; the message says why."""


@dataclass(frozen=True)
class Asked:
    """What the data are asked.

    Attributes:
        series: What is visible, and the targets.
        horizon: Steps from the newest visible value to the target; 0 where the target is no value
            of the inputs.
        longest: Longest lookback that samples which don't follow each other allow; None where they
            are parts of a longer series.
        how: How the samples were put together, in a sentence.
    """

    series: Observed
    horizon: int
    longest: int | None
    how: str


def asked_of(examination: Examination, seed: int) -> Asked:
    """Put the samples together, and find what is asked of them.

    Args:
        examination: The model's data.
        seed: Of the part that is taken from a long series.

    Raises:
        Unknown: The data are none that can be asked, or in no known order.
    """
    if not examination.pairs.single:
        raise Unknown("there are several inputs or outputs, and one of each can be measured")
    pair = examination.pairs.every[0]
    values = pair.layout.streams
    if values.targets.shape[2] != 1:
        raise Unknown(f"each answer is {values.targets.shape[2]} numbers, and one can be measured")
    answers = values.targets.shape[1]
    if answers > 1 and (values.block or answers != pair.call.timesteps):
        raise Unknown(
            f"each answer is a block of {values.targets.shape[1]} steps, and one step can be "
            "measured"
        )
    if values.inputs.shape[2] > MOST_STREAMS:
        raise Unknown(
            f"each step has {values.inputs.shape[2]:,} numbers, and at most {MOST_STREAMS} can be "
            "measured"
        )
    kind = _kind(examination, pair, values)
    timeline = _timeline(pair, values)
    try:
        return _asked(pair, values, timeline, kind, seed)
    except DataError as why:
        raise Unknown(str(why)) from None


def _kind(examination: Examination, pair: Pair, values: Streams) -> Kind:
    """Whether inputs and answers are numbers or symbols; both must be the same."""
    known = values.targets[~np.isnan(values.targets)]
    distinct = np.unique(known)
    whole = bool((distinct == np.rint(distinct)).all())
    if values.symbols:
        if not whole or len(distinct) > MOST_CLASSES or values.inputs.shape[2] != 1:
            raise Unknown("the inputs are symbols and the targets numbers")
        return "symbols"
    probed = examination.probed
    outputs = 1 if probed is None else int(probed.shapes[pair.target.number][-1])
    labelled = pair.call.y.ndim > 1 and pair.call.y.shape[-1] > 1 and whole
    classes = whole and (outputs > 2 or labelled) and pair.call.y.dtype.kind in "iub"
    if len(distinct) > 2 and (classes or _is_one_hot(pair.call.y)):
        raise Unknown("the inputs are numbers and the targets classes")
    return "numbers"


def _is_one_hot(y: np.ndarray) -> bool:
    return y.ndim > 1 and y.shape[-1] > 2 and bool(((y == 0) | (y == 1)).all())


def _timeline(pair: Pair, values: Streams) -> Timeline:
    """Where the samples stand in time, as far as the data prove it.

    Raises:
        Unknown: Samples of one stream, or of several, whose order nothing shows.
    """
    layout = pair.layout
    if layout.timeline.kind == "apart" and not pair.call.stateful:
        # Overlapping windows in any order; else the same values would train and score.
        return linked_windows(values.inputs) or layout.timeline
    if layout.known or not pair.call.stateful:
        return layout.timeline
    if pair.call.batch_size == 1:
        return layout.timeline
    raise Unknown(
        "nothing in the data shows how samples follow each other: along the batches, or row by row"
    )


def _asked(pair: Pair, values: Streams, timeline: Timeline, kind: Kind, seed: int) -> Asked:
    places = timeline.series[:, None] * (timeline.span + 1) + timeline.times
    inputs, targets = _inputs(pair, values, kind), values.targets[:, :, 0]
    at = places if targets.shape[1] > 1 else places[:, -1:]
    position, seen = np.unique(places.ravel(), return_index=True)
    visible = inputs.reshape(-1, inputs.shape[2])[seen]
    whole = ~np.isnan(visible).any(1)
    position, visible = position[whole], visible[whole]
    if not len(position):
        raise Unknown("all inputs are missing")
    wanted = np.full(len(position), np.nan)
    index = np.searchsorted(position, at.ravel())
    inside = (index < len(position)) & (
        position[np.minimum(index, len(position) - 1)] == at.ravel()
    )
    wanted[index[inside]] = targets.ravel()[inside]
    begins = np.flatnonzero(np.diff(position, prepend=-2) != 1)
    lengths = np.diff(begins, append=len(position)).tolist()
    apart = timeline.kind == "apart"
    together = timeline.kind == "aligned"
    longest = _longest(pair, apart=apart, every=targets.shape[1] > 1)
    how = _told(timeline, lengths)
    later = None if apart else _later(pair, position, visible, wanted)
    if later is not None:
        feature, horizon = later
        series = _own(visible, feature, lengths, kind, seed, together=together)
        ahead = "the next value" if horizon == 1 else f"the value {horizon} steps ahead"
        return Asked(series, horizon, longest, f"{how} The target is {ahead}.")
    series = observed_apart(
        visible[:, 0].astype(np.int64) if kind == "symbols" else visible,
        wanted, ~np.isnan(wanted),
        lengths=lengths, kind=kind, names=("the target", *_names(visible.shape[1])),
        together=together, seed=seed,
    )  # fmt: skip
    return Asked(series, 0, longest, how)


def _later(
    pair: Pair, position: np.ndarray, visible: np.ndarray, wanted: np.ndarray
) -> tuple[int, int] | None:
    """The input, and how many steps ahead, that the target is a later value of; None for none."""
    copy, place = pair.layout.copy, pair.call.place
    if copy is not None:
        return (copy.feature, -copy.lag) if copy.lag < 0 else None
    if place.kind != "behind" or place.offset is None:
        return None
    ahead = place.offset - pair.call.timesteps + 1
    follows = np.flatnonzero(position[ahead:] - position[:-ahead] == ahead)
    follows = follows[~np.isnan(wanted[follows])]
    if len(follows) < FEWEST:
        return None
    same = np.isclose(visible[follows + ahead], wanted[follows, None], rtol=1e-6).mean(0)
    feature = int(np.argmax(same))
    return (feature, ahead) if same[feature] > ALIKE else None


def _inputs(pair: Pair, values: Streams, kind: Kind) -> np.ndarray:
    """Values of each step (samples, time, streams), NaN where absent."""
    if kind == "symbols":
        return values.inputs
    plain = flat_features(np.asarray(pair.call.x, "float64"))
    plain = plain[..., None] if plain.ndim == 2 else plain
    return np.where(np.isnan(values.inputs).all(2, keepdims=True), np.nan, plain)


def _longest(pair: Pair, *, apart: bool, every: bool) -> int | None:
    if not apart:
        return None
    return max(pair.call.timesteps // 2, 1) if every else pair.call.timesteps


def _own(
    visible: np.ndarray,
    feature: int,
    lengths: Sequence[int],
    kind: Kind,
    seed: int,
    *,
    together: bool,
) -> Observed:
    """A series whose own later value is asked for."""
    first = starts_of(lengths)
    time = np.arange(len(first), dtype=np.float64)
    names = _names(visible.shape[1])
    if kind == "symbols":
        labels, values = np.unique(visible[:, 0], return_inverse=True)
        symbols, order = len(labels), [0]
    else:
        order = [feature, *(one for one in range(visible.shape[1]) if one != feature)]
        values, symbols = visible[:, order], 0
    return prepared(
        Observed(
            values=values.astype(np.int64) if symbols else values,
            first=first,
            clock=time - first if together else time,
            known=np.ones(len(first), bool),
            kind=kind,
            names=tuple(names[one] for one in order),
            symbols=symbols,
            total=len(first),
        ),
        seed,
    )


def _names(columns: int) -> list[str]:
    return ["x"] if columns == 1 else [f"x[..., {number}]" for number in range(columns)]


def _told(timeline: Timeline, lengths: Sequence[int]) -> str:
    series = f"{len(lengths):,} series" if len(lengths) > 1 else "one series"
    steps = f"{series} of {sum(lengths):,} steps"
    return {
        "windows": f"Overlapping samples were put together: {steps}.",
        "consecutive": f"Samples that follow each other were joined: {steps}.",
        "aligned": f"Samples that go on from batch to batch were joined: {steps}.",
        "apart": f"Each sample is a series of its own, of {timeline.timesteps} steps.",
    }[timeline.kind]
