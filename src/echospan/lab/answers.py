"""Answers of a trained run to a whole list of numbers, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any


def answers(store: str, run_id: str, numbers: Sequence[int]) -> dict[str, Any]:
    """What the picture "state" takes for steps of a model that a page can't compute.

    Args:
        store: The store's folder.
        run_id: A finished run.
        numbers: Symbols, from the first on.

    Returns:
        ``steps``: each with ``input`` and ``answer`` (None where there is none yet); ``error``: a
        sentence where the model can't take them.
    """
    from echospan.errors import EchospanError

    try:
        loaded = _loaded(store, run_id)
        told = loaded.predict([loaded.show(one) for one in numbers]).predicted
        symbols = {loaded.show(one): one for one in range(loaded.symbols)}
        predicted = [symbols.get(one) for one in told]
    except EchospanError as error:
        return {"steps": [], "error": str(error)}
    return {
        "steps": [
            {"input": given, "answer": answer, "confidence": None, "hidden": None, "cell": None}
            for given, answer in zip(numbers, predicted, strict=True)
        ],
        "error": "",
    }


@lru_cache(maxsize=4)
def _loaded(store: str, run_id: str) -> Any:
    from echospan.serve.trained import load
    from echospan.store import Store

    with Store(store) as opened:
        return load(opened.get(run_id))
