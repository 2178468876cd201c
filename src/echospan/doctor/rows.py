"""The arithmetic of one check: which past each row of the batches knows, and that in sentences.

Exact where timeline and lag are known; no model is run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.framings.arithmetic import Reach, Sight, reach, sights
from echospan.framings.plan import Plan
from echospan.tasks.lag import MISSING

MOST_POSITIONS = 60_000
"""Positions that the arithmetic follows."""


@dataclass(frozen=True)
class Rows:
    """The arithmetic of one check.

    Attributes:
        plan: The first batches as positions.
        reach: How many answers can know the needed value; None where no lag is known.
        example: An answer that stands for the others.
    """

    plan: Plan
    reach: Reach | None
    example: Sight | None


def rows(call: FitCall, layout: Layout, known: Plan | None = None) -> Rows:
    """Follow the first batches, far enough for the needed lag.

    Args:
        call: The call.
        layout: What the data say about time.
        known: The layout of an epoch, where it need not be found in the data.
    """
    lag = layout.needs.lag
    plan = known or layout.timeline.plan(call.batch_size, _updates(call, layout), every=call.every)
    if known is None and lag is not None:
        plan = _answerable(plan, lag)
    if lag is None or plan.updates == 0:
        return Rows(plan, None, None)
    found = reach(plan, lag, carried=call.carries)
    return Rows(plan, found, _example(plan, found, carried=call.carries))


def _answerable(plan: Plan, lag: int) -> Plan:
    """The plan without the answers whose value stands in no sample at all: before the beginning."""
    exists = np.isin(plan.targets - lag, plan.inputs)
    return replace(plan, targets=np.where(exists, plan.targets, MISSING))


def _updates(call: FitCall, layout: Layout) -> int:
    available = len(call.x) // call.batch_size
    lag = layout.needs.lag or 0
    wanted = 4 + lag // max(call.timesteps, 1)
    affordable = MOST_POSITIONS // max(call.batch_size * call.timesteps, 1)
    return max(min(available, max(wanted, min(16, affordable)), 256), 1 if available else 0)


def _example(plan: Plan, found: Reach, *, carried: bool) -> Sight | None:
    """A blind answer in the middle of the third batch, or else whichever knows most."""
    for sight in sights(plan, carried=carried) if found.example is not None else ():
        middle = sight.update == min(2, plan.updates - 1) and sight.row == plan.rows // 2
        if middle and sight.step >= found.needed and not sight.reaches(found.needed):
            return sight
    return found.example


def sentences(call: FitCall, layout: Layout, seen: Rows) -> list[str]:
    """The arithmetic of the rows for people."""
    if seen.reach is None or seen.reach.scored == 0:
        return []
    lag, total = seen.reach.needed, seen.reach.scored
    told = []
    if call.carries and seen.example is not None:
        told.append(row_story(seen.plan, seen.example, lag))
    if seen.reach.blind:
        told.append(
            f"For {seen.reach.blind:,} of the {total:,} targets examined the value at lag {lag} "
            "never arrives."
        )
    elif seen.reach.inherited:
        told.append(
            f"For {seen.reach.inherited:,} of the {total:,} targets examined the value at lag "
            f"{lag} comes through the state of the batch before."
        )
    return told


def row_story(plan: Plan, sight: Sight, lag: int) -> str:
    """Whose state a row inherits, what that has seen and what it never sees."""
    sample = sight.update * plan.rows + sight.row
    before = sample - plan.rows
    missing = f"never x({sight.step - lag}), which is lag {lag}"
    if before < 0:
        return f"Row {sight.row} of batch {sight.update} starts from a zero state: {missing}."
    seen = [f"x({sight.step - k})" for k in sorted(sight.inherited, reverse=True)]
    shown = seen if len(seen) <= 6 else [*seen[:2], "...", *seen[-2:]]
    past = f"it has seen {', '.join(shown)}" if seen else "it has seen nothing of this series"
    return (
        f"Row {sight.row} of batch {sight.update} (sample {sample}) inherits the state of sample "
        f"{before}: {past}, {missing}."
    )
