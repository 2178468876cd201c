"""Describe the arithmetic of a framing in sentences."""

from __future__ import annotations

from echospan.framings.arithmetic import Reach, Sight, reach
from echospan.framings.plan import Plan

MOST_WORK = 2_000_000
"""Positions looked at before the arithmetic of a large layout is left out."""


def tell(plan: Plan, lag: int, *, carried: bool) -> list[str]:
    """Where the value `lag` steps back stands for the answers of an epoch.

    Args:
        plan: The layout of an epoch.
        lag: Steps between a value and its answer.
        carried: Whether rows inherit state from batch to batch.

    Returns:
        Sentences; none for layouts too large to follow position by position.
    """
    if plan.inputs.size * plan.timesteps > MOST_WORK:
        return []
    seen = reach(plan, lag, carried=carried)
    if plan.outputs == "written":
        return []
    return [*_where(seen, plan), *_gradient(seen, plan, carried)]


def _where(seen: Reach, plan: Plan) -> list[str]:
    what = "the current value" if seen.needed == 0 else f"the value {_steps(seen.needed)} back"
    if seen.inside == seen.scored:
        if plan.outputs == "last" and seen.needed == 0:
            return [f"Every sample holds {what}: there is nothing to remember."]
        if plan.outputs == "last":
            return [
                f"Every sample holds {what} among its {plan.timesteps} time steps: this framing "
                "tests reading, not memory."
            ]
        return [
            f"To answer, the network has to keep {what} in its hidden state, so this is memory."
        ]
    sentences = []
    if seen.inherited:
        sentences.append(
            f"For {seen.inherited} of {seen.scored} answers {what} can come only through the "
            "state that the row inherits from the batch before."
        )
    if seen.blind:
        sentences.append(
            f"For {seen.blind} of {seen.scored} answers {what} never reaches the network."
        )
    if seen.example is not None:
        sentences.append(_example(seen.example, seen.needed))
    return sentences


def _example(sight: Sight, lag: int) -> str:
    own = f"Row {sight.row} of batch {sight.update} is about step {sight.step}"
    missing = f"never x({sight.step - lag}), lag {lag}"
    if not sight.inherited:
        return f"{own}: it has seen {_values(sight.step, sight.inside)}, and {missing}."
    return (
        f"{own}: it sees {_values(sight.step, sight.inside)} and inherits a state that has seen "
        f"{_values(sight.step, sight.inherited)}, lags {_list(sight.inherited)}; {missing}."
    )


def _gradient(seen: Reach, plan: Plan, carried: bool) -> list[str]:
    if not carried or seen.inside == seen.scored:
        return []
    return [
        f"Backpropagation covers {_steps(plan.timesteps)}: no gradient reaches the batch before, "
        "so the state is not trained to keep anything."
    ]


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"


def _values(step: int, lags: frozenset[int]) -> str:
    return ", ".join(f"x({step - lag})" for lag in sorted(lags)) or "nothing"


def _list(lags: frozenset[int]) -> str:
    return ", ".join(str(lag) for lag in sorted(lags))
