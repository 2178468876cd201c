"""The arithmetic of framing: which past values can stand behind each answer.

Exact, and without any model: it follows the plan's positions through the samples and, where state
is carried, through the rows of the batches before.
"""

from __future__ import annotations

from dataclasses import dataclass

from echospan.arguments import flag, instance, validated, whole
from echospan.framings.plan import Plan
from echospan.tasks.lag import MISSING

_PLAN = instance("an echospan.framings.Plan", "echospan.framings.plan:Plan")


@dataclass(frozen=True)
class Sight:
    """What one answer can know.

    Attributes:
        update: Number of the batch within the epoch.
        row: Row within the batch.
        step: Step of its sequence that the answer is about.
        inside: Lags whose values stand in the sample itself, at or before the answer's time step.
        inherited: Further lags whose values went into the state that the row inherits.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=3)
        >>> framing = echospan.framings.Window(window=4)
        >>> plan = framing.plan(task, batch_size=None, sequences=1)
        >>> first = echospan.framings.sights(plan, carried=False)[0]
        >>> first.step, first.reaches(3), first.reaches(4)
        (4, True, False)
    """

    update: int
    row: int
    step: int
    inside: frozenset[int]
    inherited: frozenset[int]

    def reaches(self, lag: int) -> bool:
        """Whether the value `lag` steps earlier can have reached the answer."""
        return lag in self.inside or lag in self.inherited


@validated(plan=_PLAN, carried=flag)
def sights(plan: Plan, *, carried: bool) -> list[Sight]:
    """What each answer of an epoch can know, in the order of the plan.

    Args:
        plan: The layout of the epoch.
        carried: Whether each row inherits the state of the same row of the batch before.

    Returns:
        One entry for each answer that stands at a step of a sequence. Lags count steps within the
        answer's own sequence; values of other sequences are left out, and so are later values.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=3)
        >>> framing = echospan.framings.Window(window=4)
        >>> plan = framing.plan(task, batch_size=None, sequences=1)
        >>> sorted(echospan.framings.sights(plan, carried=False)[0].inside)
        [0, 1, 2, 3]
    """
    all_sights = []
    seen: list[list[int]] = [[] for _ in range(plan.rows)]
    for update in range(plan.updates):
        for row in range(plan.rows):
            inputs = plan.inputs[update, row]
            for output, target in enumerate(plan.targets[update, row]):
                if target == MISSING:
                    continue
                until = output + 1 if plan.outputs == "every" else plan.timesteps
                all_sights.append(
                    Sight(
                        update=update,
                        row=row,
                        step=int(target % plan.target_steps),
                        inside=_lags(plan, inputs[:until].tolist(), int(target)),
                        inherited=_lags(plan, seen[row], int(target)),
                    )
                )
            if carried:
                seen[row].extend(int(i) for i in inputs if i != MISSING)
    return all_sights


def _lags(plan: Plan, positions: list[int], target: int) -> frozenset[int]:
    sequence, step = divmod(target, plan.target_steps)
    return frozenset(
        step - position % plan.steps
        for position in positions
        if position != MISSING
        and position // plan.steps == sequence
        and position % plan.steps <= step
    )


@dataclass(frozen=True)
class Reach:
    """How many of an epoch's scored answers can know the value that they need.

    Attributes:
        needed: The lag that is asked for.
        scored: Answers that have a target.
        inside: Answers whose sample holds the value.
        inherited: Further answers whose inherited state has heard the value.
        example: One answer that cannot know it, if there is one.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=3)
        >>> framing = echospan.framings.Window(window=2, force=True)
        >>> plan = framing.plan(task, batch_size=None, sequences=1)
        >>> found = echospan.framings.reach(plan, 3, carried=False)
        >>> found.inside, found.scored
        (0, 3)
    """

    needed: int
    scored: int
    inside: int
    inherited: int
    example: Sight | None

    @property
    def blind(self) -> int:
        """Answers that cannot know the value, whatever the model learns."""
        return self.scored - self.inside - self.inherited


@validated(plan=_PLAN, lag=whole(0), carried=flag)
def reach(plan: Plan, lag: int, *, carried: bool) -> Reach:
    """Count the answers of an epoch that can know the value `lag` steps earlier.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=3)
        >>> framing = echospan.framings.Window(window=4)
        >>> plan = framing.plan(task, batch_size=None, sequences=1)
        >>> found = echospan.framings.reach(plan, 3, carried=False)
        >>> found.scored, found.inside, found.inherited
        (2, 2, 0)
    """
    scored = [sight for sight in sights(plan, carried=carried) if sight.step >= lag]
    inside = [sight for sight in scored if lag in sight.inside]
    inherited = [s for s in scored if lag not in s.inside and lag in s.inherited]
    blind = [sight for sight in scored if not sight.reaches(lag)]
    # The one with the longest history tells most.
    example = max(blind, key=lambda s: len(s.inherited), default=None)
    return Reach(lag, len(scored), len(inside), len(inherited), example)
