"""What a prediction's gaps mean: what is still missing before a model can answer.

Everything follows from the framing and from the task's lag, not from a recipe's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from echospan.serve.loaded import Loaded


def first_answer(loaded: Loaded) -> int:
    """How many values there must be before the first answer."""
    experiment, signature = loaded.experiment, loaded.signature
    if signature.outputs == "written":
        return signature.timesteps
    after_lag = (experiment.task.reach or 0) + 1
    return max(after_lag, _window(loaded) or 1)


def note(loaded: Loaded, texts: Sequence[str]) -> str:
    """One or two sentences on the values without an answer; empty where each has one.

    Args:
        loaded: The trained model.
        texts: The values as they were typed, at least one.
    """
    given, needed = len(texts), first_answer(loaded)
    if needed == 1:
        return ""
    if given < needed:
        return _too_few(loaded, texts, needed - given)
    if loaded.signature.outputs == "written":
        return ""
    return _before(loaded, needed)


def _too_few(loaded: Loaded, texts: Sequence[str], more: int) -> str:
    if loaded.signature.outputs == "written":
        return (
            f"This model answers once it has read {_numbers(loaded.signature.timesteps)}: "
            f"{_more(more)}."
        )
    window, lag = _window(loaded), loaded.experiment.task.reach or 0
    if window is not None and window > lag:
        return f"This model answers from a window of {_numbers(window)}: {_more(more)}."
    if window is not None or not _is_lag(loaded):
        return f"The first answer comes with number {len(texts) + more}: {_more(more)}."
    when = "the next number" if more == 1 else f"the {_nth(more)} number from now"
    if loaded.signature.outputs == "every":
        return f"{texts[0]} is remembered: the answer comes with {when}."
    # Trained on single steps: nothing has taught it to keep what it reads.
    return f"{texts[0]} is read: the answer about it comes with {when}."


def _before(loaded: Loaded, needed: int) -> str:
    """Why the first values have no answer, where later ones have."""
    first = "The first number has" if needed == 2 else f"The first {needed - 1} numbers have"
    window, lag = _window(loaded), loaded.experiment.task.reach or 0
    if window is not None and window > lag:
        return f"{first} no answer: this model answers from a window of {_numbers(window)}."
    if _is_lag(loaded):
        back = "1 step" if lag == 1 else f"{lag} steps"
        return f"{first} no answer: each answer is the number {back} earlier."
    return f"{first} no answer."


def _window(loaded: Loaded) -> int | None:
    """The values that must be in view at once, where there is such a number."""
    framing = loaded.experiment.framing
    served = framing.serving(1)
    if served is None:
        return None
    # A framing that answers the very first value fills its samples up with missing ones.
    return 1 if len(served) else loaded.signature.timesteps


def _is_lag(loaded: Loaded) -> bool:
    task = loaded.experiment.task
    return hasattr(task, "lag") and task.reach == getattr(task, "lag", None)


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def _more(count: int) -> str:
    return "1 more is needed" if count == 1 else f"{count} more are needed"


def _nth(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if count % 100 in (11, 12, 13) else ending}"
