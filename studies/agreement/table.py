"""What the pairs say: how often both sides found the same span."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SIDES = ("auto", "jax")
"""Values of ECHOSPAN_KERNELS: the compiled kernels, and JAX's own loops."""


def complete(rows: Mapping[str, Mapping[str, Any]], protocol: str) -> list[str]:
    """Names of the pairs of a protocol of which both sides were measured."""
    return [
        name
        for name, sides in rows.items()
        if name.startswith(f"{protocol}/") and all(side in sides for side in SIDES)
    ]


def same_span(sides: Mapping[str, Any]) -> bool:
    """Whether both know the same about the span: the number, or the same lower bound."""
    one, other = (sides[side] for side in SIDES)
    return all(one[key] == other[key] for key in ("span", "at_least", "status"))


def overlap(sides: Mapping[str, Any]) -> bool:
    """Whether the intervals of the two spans overlap; one without an upper end goes on for ever."""
    ends = [sides[side]["interval"] for side in SIDES]
    if None in ends:
        return False
    (low, high), (other_low, other_high) = (
        (one[0], math.inf if one[1] is None else one[1]) for one in ends
    )
    return bool(low <= other_high and other_low <= high)


def exact(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share of hits that covers at least so often (Clopper and Pearson 1934)."""
    wanted = (1 - confidence) / 2

    def at_least(share: float) -> float:
        return _tail(hits, trials, share)

    def at_most(share: float) -> float:
        return 1 - _tail(hits + 1, trials, share)

    low = 0.0 if hits == 0 else _where(lambda share: at_least(share) < wanted)
    high = 1.0 if hits == trials else _where(lambda share: at_most(share) >= wanted)
    return low, high


def _tail(hits: int, trials: int, share: float) -> float:
    """How often there are at least so many hits."""
    return sum(
        math.comb(trials, number) * share**number * (1 - share) ** (trials - number)
        for number in range(hits, trials + 1)
    )


def _where(below: Callable[[float], bool]) -> float:
    """The share at which something that holds for smaller ones ends."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low


def summary(rows: Mapping[str, Mapping[str, Any]], protocol: str) -> str:
    """One row of the table of protocols."""
    names = complete(rows, protocol)
    if not names:
        return f"| `{protocol}` | 0 | – | – | – |"
    same = [name for name in names if same_span(rows[name])]
    other = [name for name in names if name not in same]
    low, high = exact(len(same), len(names))
    overlapping = sum(overlap(rows[name]) for name in other)
    of_others = f"{overlapping} of {len(other)}" if other else "no pair differs"
    return (
        f"| `{protocol}` | {len(names)} | {len(same)} of {len(names)} "
        f"| {100 * low:.0f} % to {100 * high:.0f} % | {of_others} |"
    )


def table(rows: Mapping[str, Mapping[str, Any]], protocols: Sequence[str]) -> str:
    """Both tables in Markdown: one row a protocol, then one row a pair."""
    lines = [
        "| protocol | pairs | same span | 95 % interval | of the others, intervals overlap |",
        "|---|---:|---|---|---|",
        *(summary(rows, protocol) for protocol in protocols),
        "",
        "| sheet | span, kernels | interval | span, pure JAX | interval | same |",
        "|---|---:|---|---:|---|---|",
    ]
    for protocol in protocols:
        for name in complete(rows, protocol):
            sides = rows[name]
            cells = [cell for side in SIDES for cell in (_span(sides[side]), _ends(sides[side]))]
            lines.append(f"| {name} | {' | '.join(cells)} | {_yes(same_span(sides))} |")
    every = [rows[name] for protocol in protocols for name in complete(rows, protocol)]
    none = sum(all(sides[side]["span"] == 0 for side in SIDES) for sides in every)
    if none:
        lines += [
            "",
            f"Pairs in which both spans are 0, which says little: {none} of {len(every)}.",
        ]
    if any("seeds" not in side for sides in every for side in sides.values()):
        lines += [
            "",
            "The first rows have no upper ends: what each seed did was not kept for them.",
        ]
    return "\n".join([*lines, ""])


def _span(side: Mapping[str, Any]) -> str:
    if side["span"] is not None:
        return str(side["span"])
    return "undecided" if side["at_least"] is None else f"at least {side['at_least']}"


def _ends(side: Mapping[str, Any]) -> str:
    if side["interval"] is None:
        return "–"
    low, high, *_ = side["interval"]
    return f"{low} or more" if high is None else f"{low} to {high}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
