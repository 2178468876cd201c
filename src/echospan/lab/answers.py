"""Answers and states of a trained run for a list of numbers, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from echospan.errors import ConfigError, EchospanError


def answers(store: str, run_id: str, numbers: Sequence[int]) -> dict[str, Any]:
    """What the picture "state" takes for steps of a model that a page can't compute.

    Args:
        store: The store's folder.
        run_id: A finished run.
        numbers: Symbols, from the first on.

    Returns:
        ``steps``: each with ``input``, ``answer`` (None where there is none yet), ``confidence``,
        ``hidden`` and ``cell``; ``error``: a sentence where the model can't take them.
    """
    try:
        loaded = _loaded(store, run_id)
        try:
            return {"steps": _stepped(loaded, numbers), "error": ""}
        except ConfigError:
            # It answers only after a whole sequence.
            return {"steps": _predicted(loaded, numbers), "error": ""}
    except EchospanError as error:
        return {"steps": [], "error": str(error)}


def _stepped(loaded: Any, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """One step after the other, with the state after each."""
    from echospan.serve.state_host import StateHost

    steps = []
    with StateHost(loaded) as host:
        for number in numbers:
            told = host.answer({"type": "step", "value": number})
            if told["type"] == "error":
                raise EchospanError(told["message"])
            steps.append(told["step"])
    return steps


def _predicted(loaded: Any, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Answers to the whole sequence; such a model has no state after a step."""
    told = loaded.predict([loaded.show(one) for one in numbers]).predicted
    symbols = {loaded.show(one): one for one in range(loaded.symbols)}
    unknown = {"confidence": None, "hidden": None, "cell": None}
    return [
        {"input": given, "answer": symbols.get(answer), **unknown}
        for given, answer in zip(numbers, told, strict=False)
    ]


@lru_cache(maxsize=4)
def _loaded(store: str, run_id: str) -> Any:
    from echospan.serve.trained import load
    from echospan.store import Store

    with Store(store) as opened:
        return load(opened.get(run_id))
