"""How many numbers a causal language model carries from step to step, counted in its cache."""

from __future__ import annotations

from typing import Any

import torch

from echospan.adapters.huggingface.calling import Call
from echospan.adapters.huggingface.finding import quiet
from echospan.adapters.huggingface.states import leaves_of

STEPS = (16, 32)
"""Lengths of two inputs. A cache that is as large after both does not grow."""


def numbers_kept(model: Any) -> int | None:
    """Numbers in the cache of one sequence; None where it grows with the steps or there is none.

    Args:
        model: An instance of a causal language model of transformers.

    Example::

        config = transformers.MambaConfig(vocab_size=10, hidden_size=8, state_size=4)
        numbers_kept(transformers.MambaForCausalLM(config))
    """
    try:
        few, many = (_in_cache(model, steps) for steps in STEPS)
    except Exception:
        # It can't be run on input_ids alone, or not in such lengths: nothing is known.
        return None
    return few if few == many and few else None


def _in_cache(model: Any, steps: int) -> int:
    """Numbers that a second sequence adds to the cache: what all share is left out."""
    one, two = (_numbers(model, rows, steps) for rows in (1, 2))
    return two - one


def _numbers(model: Any, rows: int, steps: int) -> int:
    call, training = Call.of(model), model.training
    given = torch.zeros((rows, steps), dtype=torch.long)
    try:
        with quiet(), torch.no_grad():
            output = model.eval()(input_ids=given, use_cache=True)
    finally:
        model.train(training)
    leaves = leaves_of(getattr(output, call.cache, None) if call.cache else None)
    return sum(array.size for array in leaves.values())
