"""Find what limits a sound model at the first failed lag: its architecture, or its training."""

from __future__ import annotations

from typing import Any

from echospan.results.verdict import Code, Verdict
from echospan.spans.facts import Facts, Failure

VANISHED = 1e-4
"""A gradient below this share of the newest input's counts as vanished."""


def limit(facts: Facts, failure: Failure) -> Verdict:
    """The first limit that holds, those of the architecture before those of training."""
    code, sentence, more = _of_architecture(facts, failure) or _of_training(facts, failure)
    evidence: dict[str, Any] = {
        "lag": failure.lag,
        "accuracy": failure.accuracy,
        "interval": list(failure.interval),
        "solved_share": failure.solved_share,
        "updates": failure.updates,
        "endings": list(failure.endings),
    }
    return Verdict(code, sentence, {**evidence, **more})


Limit = tuple[Code, str, dict[str, Any]]


def _of_architecture(facts: Facts, failure: Failure) -> Limit | None:
    """A limit that no training of this model can change."""
    at_lag, here = _phrases(facts, failure)
    needed = failure.bits_needed
    if facts.bits is not None and needed is not None and needed > facts.bits:
        held = facts.capacity.fullest if facts.capacity is not None else None
        seen = f" At least {held.bits:.1f} bits were stored, at lag {held.lag}." if held else ""
        return (
            "limited-by-capacity",
            f"{at_lag.capitalize()} needs {needed:.1f} bits, but the state can hold at most "
            f"{facts.bits:.1f} with any weights; {here}.{seen}",
            {
                "capacity": "at-bound",
                "bits_needed": needed,
                "bits_of_state": facts.bits,
                "bits_held": held.bits if held else None,
            },
        )
    field = facts.receptive_field
    if field is not None and failure.reach >= field:
        chance = facts.chance
        close = "which is chance" if _at_chance(facts, failure) else f"where chance is {chance:.1%}"
        return (
            "limited-by-receptive-field",
            f"A prediction can depend only on {_last(field)}; {here}, {close}.",
            {"receptive_field": field},
        )
    if facts.learns == "nothing":
        return (
            "limited-by-fixed-dynamics",
            f"It has nothing to train, and does not solve {at_lag} by construction: {here}.",
            {},
        )
    if facts.learns == "ridge":
        return (
            "limited-by-fixed-dynamics",
            "Only its output layer is trained, in closed form, and its fixed dynamics do not keep "
            f"enough of the input {failure.reach} steps back: {here}.",
            {},
        )
    return None


def _of_training(facts: Facts, failure: Failure) -> Limit:
    """A limit of training: what it did not find, or could not find."""
    at_lag, here = _phrases(facts, failure)
    if failure.at_trained_length is not None and failure.at_trained_length > facts.threshold:
        return (
            "limited-by-length",
            f"It solves {at_lag} on sequences as long as in training "
            f"({failure.at_trained_length:.1%}), but not on longer ones ({failure.accuracy:.1%}).",
            {"at_trained_length": failure.at_trained_length},
        )
    reaches = failure.forward is None or failure.forward >= failure.reach
    if facts.truncated or (reaches and failure.gradient == 0.0 and failure.gradient_start == 0.0):
        return (
            "gradient-truncated",
            f"The input {failure.reach} steps back affects its output, but no gradient reaches "
            f"back that far, so it can't learn to use it; {here}.",
            {"gradient": failure.gradient},
        )
    if all(ending == "diverged" for ending in failure.endings):
        return (
            "diverged",
            f"Its training loss became NaN or infinite at {at_lag} with every seed.",
            {},
        )
    if failure.solved_share > 0 or failure.other_rate is not None:
        which = (
            f"{failure.solved_share:.0%} of the seeds solve it"
            if failure.solved_share > 0
            else f"a seed solves it at learning rate {failure.other_rate:g}"
        )
        return (
            "limited-by-optimisation",
            f"The model can solve {at_lag}, but training does not reach it reliably: {which}, the "
            f"median seed {facts.does(failure.accuracy)}.",
            {"other_rate": failure.other_rate},
        )
    gradients = [g for g in (failure.gradient_start, failure.gradient) if g is not None]
    if _at_chance(facts, failure) and gradients and min(gradients) < VANISHED:
        return (
            "gradient-vanishing",
            f"It stays at chance at {at_lag}, and the gradient with respect to the input "
            f"{failure.reach} steps before is {min(gradients):.1e} times that of the newest one.",
            {"gradient": min(gradients)},
        )
    if failure.falling:
        return (
            "limited-by-optimisation",
            f"The training loss was still falling after {failure.updates:,} updates; {here}. More "
            "updates may solve it.",
            {"falling": True},
        )
    return _where_training_ends(facts, failure)


def _where_training_ends(facts: Facts, failure: Failure) -> Limit:
    """Training had stopped improving the model: its state may be full."""
    at_lag, here = _phrases(facts, failure)
    capacity = facts.capacity
    if capacity is not None and capacity.standing == "plateau":
        most, last = capacity.fullest, capacity.beyond[-1]
        return (
            "limited-by-capacity",
            f"It stores about {most.bits:.1f} bits, while lags up to {last.lag} need "
            f"{last.needed:.1f}. The loss of every seed had stopped falling, and {here}. This is "
            "measured with this training, not proved.",
            {
                "capacity": "plateau",
                "bits_held": most.bits,
                "lags": [one.lag for one in capacity.beyond],
                "held": [one.bits for one in capacity.beyond],
                "bits_needed": [one.needed for one in capacity.beyond],
            },
        )
    seen = ""
    if capacity is not None and capacity.most:
        most = capacity.fullest
        seen = f" At least {most.bits:.1f} bits were stored at lag {most.lag}"
        if capacity.standing == "falls":
            last = capacity.beyond[-1]
            seen += (
                f" and {last.bits:.1f} at lag {last.lag}. The size of its state does not explain "
                "why it stores less when more is needed."
            )
        else:
            seen += "; whether its state could store more is undecided."
    return (
        "limited-by-optimisation",
        f"No seed and no tested learning rate solves {at_lag} within {failure.updates:,} updates, "
        f"and the loss had stopped falling; {here}. No limit of the architecture was found.{seen}",
        {"falling": False},
    )


def _phrases(facts: Facts, failure: Failure) -> tuple[str, str]:
    at_lag = f"{facts.difficulty_name} {failure.lag}"
    return at_lag, f"at {at_lag} it {facts.does(failure.accuracy)}"


def _at_chance(facts: Facts, failure: Failure) -> bool:
    return failure.interval.low <= facts.chance * 1.1 + 0.005


def _last(steps: int) -> str:
    if steps == 1:
        return "the current step"
    return f"the last {steps} steps, the current one included"
