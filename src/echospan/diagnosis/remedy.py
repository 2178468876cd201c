"""The line to change, and what that should bring by the held-out loss."""

from __future__ import annotations

from echospan.diagnosis.link import Evidence, Link
from echospan.doctor.pairs import Pair
from echospan.doctor.remedies import widening
from echospan.report.needs_words import amount
from echospan.report.values import plural
from echospan.results.needs import NeedsData, NeedsPoint

UNIT = {"numbers": "mean squared error", "symbols": "bits a symbol"}


def remedy_of(link: Link, seen: Evidence, pair: Pair) -> str | None:
    """Lines to paste, and a comment that says what they should bring.

    Args:
        link: The weakest one.
        seen: All that is known.
        pair: Input and output.
    """
    needed = seen.needs.steps
    if link.weakest == "framing":
        return _joined(_framing(link, seen, pair), _brings(seen))
    if link.weakest == "architecture" and needed is not None:
        own = link.finding.remedy if link.finding is not None else ""
        wanted = (
            f"# a model that can see {plural(needed, 'step')}: more layers, longer kernels, more "
            "dilation, or a recurrent layer"
        )
        return _joined(own or wanted, _brings(seen))
    if link.weakest == "training":
        return _joined(_training(link, seen), _missing(seen))
    if link.weakest == "data":
        return (
            "# no longer window and no larger model helps here: other inputs, another target or "
            "more data may"
        )
    return None


def _framing(link: Link, seen: Evidence, pair: Pair) -> str:
    needed, proved = seen.needs.steps, link.finding
    if proved is not None and (proved.severity == "error" or pair.call.stateful):
        return proved.remedy
    if needed is None:
        return "" if proved is None else proved.remedy
    return f"window={needed}\n{widening(pair.call, pair.layout, needed - 1)}"


def _training(link: Link, seen: Evidence) -> str:
    if link.finding is not None and link.finding.remedy:
        return link.finding.remedy
    for one in seen.findings:
        if one.code in ("learning-rate", "too-few-updates", "held-back", "input-scale"):
            return one.remedy or f"# {one.message}"
    return "# train longer: more epochs, until the held-out loss stops falling"


def _brings(seen: Evidence) -> str:
    """What more steps should bring."""
    if seen.lookback is None or seen.needs.steps is None:
        return ""
    reach = seen.reach.measured.steps
    now = None if reach is None else _at_most(seen.lookback, reach)
    then = _at_most(seen.lookback, seen.needs.steps)
    if now is None or then is None or now.lookback >= then.lookback:
        return ""
    return (
        f"# should bring the held-out loss from {amount(now.loss)} with "
        f"{plural(now.lookback, 'step')} to {amount(then.loss)} with "
        f"{plural(then.lookback, 'step')} ({UNIT[seen.lookback.kind]}; simple models)"
    )


def _missing(seen: Evidence) -> str:
    """How much simple models take away of a constant answer's loss."""
    if seen.lookback is None or seen.needs.steps is None:
        return ""
    then = _at_most(seen.lookback, seen.needs.steps)
    without = seen.lookback.curve[0]
    if then is None or without.loss <= 0:
        return ""
    told = (
        f"# simple models bring the held-out loss from {amount(without.loss)} to "
        f"{amount(then.loss)} ({UNIT[seen.lookback.kind]}), {1 - then.loss / without.loss:.0%} less"
    )
    return told if seen.gains is None else f"{told}; this model, {seen.gains.model:.0%} less"


def _at_most(lookback: NeedsData, steps: int) -> NeedsPoint | None:
    """The longest lookback that was tried of at most so many steps."""
    points = [point for point in lookback.curve if point.lookback <= steps]
    return points[-1] if points else None


def _joined(*parts: str) -> str | None:
    return "\n".join(part for part in parts if part) or None
