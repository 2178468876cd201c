"""Whether the user said that large is meant, and the refusals that ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from echospan.errors import ConfigError
from echospan.limits.sizes import DAYS

HOW = "--yes (Python: yes=True) goes on all the same."

P = ParamSpec("P")
R = TypeVar("R")

_consent: ContextVar[bool] = ContextVar("consent", default=False)


def lifted() -> bool:
    """Whether the limits are lifted here."""
    return _consent.get()


@contextmanager
def given_consent(yes: bool) -> Iterator[None]:
    """Lift the limits inside the block, if `yes`; else leave them as they are."""
    token = _consent.set(_consent.get() or bool(yes))
    try:
        yield
    finally:
        _consent.reset(token)


def asks_consent(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function's keyword argument `yes` lift the limits while it runs."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with given_consent(kwargs.get("yes") is True):
            return function(*args, **kwargs)

    return call


def require_at_most(field: str, most: int, given: int, why: str = "") -> None:
    """Refuse a count above `most`, unless the limits are lifted.

    Raises:
        ConfigError: Names the setting, the limit and how to lift it.
    """
    if given > most and not lifted():
        raise ConfigError(field, f"at most {most:,}", given, f"{why} {HOW}".strip())


def require_seconds(seconds: float, what: str, field: str, given: object) -> None:
    """Refuse what is estimated to take longer than a week, unless the limits are lifted.

    Raises:
        ConfigError: Has the estimate.
    """
    if seconds > DAYS * 86_400 and not lifted():
        raise ConfigError(
            field,
            f"a number that takes at most {DAYS} days",
            given,
            f"{what} would take about {_shown(seconds)}. {HOW}",
        )


def _shown(seconds: float) -> str:
    days = seconds / 86_400
    return f"{days:,.0f} days" if days < 1_000 else f"{days / 365:,.0f} years"
