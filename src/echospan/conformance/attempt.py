"""Calls of a model that may raise anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from echospan.adapters.support import NotSupported
from echospan.foreign import one_line
from echospan.observer import Halted

Value = TypeVar("Value")


class WrongShape(Exception):
    """Outputs that do not have the shape that they must have; says which."""


@dataclass(frozen=True)
class Refusal:
    """What a model said in place of an answer.

    Attributes:
        reason: In a sentence.
        broken: Whether it gave outputs of a wrong shape, in place of an error.
    """

    reason: str
    broken: bool = False


def attempt(call: Callable[[], Value]) -> Value | Refusal:
    """Call it, and tell an error of the model apart from an answer.

    Raises:
        MemoryError: There is no memory left, which says nothing of the model.
        Halted: The user asked to stop.
    """
    try:
        return call()
    except NotSupported as error:
        return Refusal(error.reason)
    except WrongShape as error:
        return Refusal(str(error), broken=True)
    except (MemoryError, Halted):
        raise
    except Exception as error:
        return Refusal(one_line(f"{type(error).__name__}: {error}")[:300])
