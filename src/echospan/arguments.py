"""The arguments of public functions, checked in one way before they are used.

``@validated(lag=whole(0), store=path)`` stands on every public function. A rule takes what was
given, says no with `ConfigError`, or returns the value that the function works with: NumPy's
numbers as Python's, an iterable as a tuple. Python says itself what is missing or too much.

Rules are strict where a slip would pass unseen (``True`` is no number, ``"3"`` neither), and take
what means the same (``np.int64(3)``, any iterable of lags, any `os.PathLike`).
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

from echospan.errors import ConfigError, did_you_mean, shown

P = ParamSpec("P")
R = TypeVar("R")


class Refusal(Exception):
    """A rule says no.

    Args:
        given: What to show in place of the whole argument: the wrong item of a list.
        hint: What to do about it, as one sentence.
    """

    def __init__(self, given: object, hint: str = "") -> None:
        self.given, self.hint = given, hint


class Rule:
    """What one argument may be.

    Args:
        allowed: The end of the sentence "must be ...".
        take: Returns the value to work with. Whatever it raises, the value is refused: objects
            that raise when they are looked at must not end in an error of their own.
    """

    def __init__(self, allowed: str, take: Callable[[Any], Any]) -> None:
        self.allowed, self.take = allowed, take

    def __call__(self, name: str, value: Any) -> Any:
        """The value to work with.

        Args:
            name: What messages call the argument.
            value: What was given.

        Raises:
            ConfigError: The rule does not allow it.
        """
        try:
            return self.take(value)
        except ConfigError:
            raise
        except Refusal as why:
            raise ConfigError(name, self.allowed, why.given, why.hint) from None
        except Exception:
            raise ConfigError(name, self.allowed, value) from None


def validated(**rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check these arguments of a function before it runs; `None` where that is the default passes.

    Signature, docstring and types stay those of the function.

    Args:
        rules: One for each argument that the function does not look at itself.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        absent = set(rules) - set(signature.parameters)
        if absent:
            raise TypeError(f"{function.__qualname__} has no argument {', '.join(sorted(absent))}")
        empty = {n for n in rules if signature.parameters[n].default is None}

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                # Python's own words are the better ones, and name the function.
                try:
                    return function(*args, **kwargs)
                except TypeError as error:
                    hint = _calling(function, signature, args, kwargs)
                    if not hint:
                        raise
                    raise TypeError(f"{error}. {hint}") from None
            given = bound.arguments
            for name, rule in rules.items():
                if name in given and not (given[name] is None and name in empty):
                    given[name] = rule(name, given[name])
            return function(*bound.args, **bound.kwargs)

        # Keras reads the arguments of a layer without following what is wrapped.
        checked.__signature__ = signature  # type: ignore[attr-defined]
        checked.__validated__ = rules  # type: ignore[attr-defined]
        return checked

    return decorate


def _calling(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> str:
    """How to call a function that was called with arguments that it doesn't have."""
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    for name in kwargs:
        if name in signature.parameters:
            continue
        if hint := did_you_mean(name, (one.name for one in own)):
            return hint
        if "settings" in signature.parameters:
            return f"Settings are a dictionary: settings={{{name!r}: {shown(kwargs[name])}}}."
    places = [one.name for one in own if one.kind is not one.KEYWORD_ONLY]
    if len(args) <= len(places) or any(one.kind is one.VAR_POSITIONAL for one in own):
        return ""
    if places and places[-1].endswith("s") and len(args) > 1:
        listed = ", ".join(shown(one) for one in args[len(places) - 1 :])
        return f"Several {places[-1]} are one list: {function.__name__}([{listed}])."
    rest = [one.name for one in own if one.kind is one.KEYWORD_ONLY]
    return f"All but {' and '.join(places)} are given by name: {rest[0]}=..." if rest else ""


class _SameAs(Rule):
    """The rules of another function's arguments, for a `**settings` that is handed on to it."""

    def __init__(self, other: Callable[..., Any]) -> None:
        self._rules: Mapping[str, Rule] = other.__validated__  # type: ignore[attr-defined]
        self._other = other.__name__
        self._known = {
            name: parameter
            for name, parameter in inspect.signature(other).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    def __call__(self, name: str, value: Any) -> Any:
        found = {}
        for each, given in value.items():
            if each not in self._known:
                raise ConfigError(
                    each, f"left out: {self._other} has no such argument", given,
                    did_you_mean(each, self._known),
                )  # fmt: skip
            left_out = given is None and self._known[each].default is None
            rule = None if left_out else self._rules.get(each)
            found[each] = rule(each, given) if rule else given
        return found


def same_as(other: Callable[..., Any]) -> Rule:
    """For a `**settings`: each of them is checked as the argument of another validated function.

    Args:
        other: That function; its keyword-only arguments are known, others are refused.
    """
    return _SameAs(other)


def plain(value: Any) -> Any:
    """NumPy's numbers, and arrays that are one number, as Python's; all else as it is."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if not isinstance(value, int | float) else value
    if getattr(value, "shape", None) == () and callable(getattr(value, "item", None)):
        return value.item()
    return value


def whole(least: int | None = None, most: int | None = None) -> Rule:
    """An integer in a range; no boolean, no text, no float.

    Args:
        least: The smallest; left out, the function looks at the range itself.
        most: The largest; left out, what 64 bits hold.
    """
    allowed = "an integer" if least is None else f"an integer of at least {least}"
    if least is not None and most is not None:
        allowed = f"a whole number from {least:,} to {most:,}"

    def take(value: Any) -> int:
        number = plain(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise Refusal(value, _without_quotes(value))
        if (least is not None and number < least) or (most is not None and number > most):
            raise Refusal(value)
        if least is not None and most is None and number >= 2**63:
            raise Refusal(value, "It needs more than 64 bits.")
        return operator.index(number)

    return Rule(allowed, take)


def number(
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
    allowed: str = "",
) -> Rule:
    """A finite number in a range; no boolean and no text."""
    limits = [
        text
        for text, there in (
            (f"above {above:g}", above > -math.inf),
            (f"at least {least:g}", least > -math.inf),
            (f"below {below:g}", below < math.inf),
            (f"at most {most:g}", most < math.inf),
        )
        if there
    ]

    def take(value: Any) -> float:
        found = plain(value)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise Refusal(value, _without_quotes(value))
        if not (math.isfinite(found) and above < found < below and least <= found <= most):
            raise Refusal(value)
        return found

    return Rule(allowed or " ".join(["a number", " and ".join(limits)]).strip(), take)


def _without_quotes(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        float(value)
    except ValueError:
        return ""
    return "Give the number itself, without quotes."


def _flag(value: Any) -> bool:
    found = plain(value)
    if not isinstance(found, bool) and type(found).__name__ not in ("bool", "bool_"):
        raise Refusal(value)
    return bool(found)


flag = Rule("True or False", _flag)


def one_of(*names: Any) -> Rule:
    """One of these values."""

    def take(value: Any) -> Any:
        if not isinstance(value, str) or value not in names:
            hint = did_you_mean(value, names) if isinstance(value, str) else ""
            raise Refusal(value, hint)
        return str(value)

    listed = [repr(name) for name in names]
    return Rule(
        " or ".join(listed) if len(names) < 3 else
        "one of " + ", ".join(listed), take,
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refusal(value)
    # A surrogate can be neither printed nor written.
    value.encode()
    return str(value)


text = Rule("a text", _text)


def _path(value: Any) -> Any:
    given = os.fspath(value)
    if not isinstance(given, str) or "\0" in given:
        raise Refusal(value)
    os.fsencode(given)
    return value


def _named_path(value: Any) -> Any:
    if not os.fspath(value).strip():
        raise Refusal(value)
    return _path(value)


path = Rule("a path, as text or pathlib.Path", _named_path)

folder = Rule("a folder's path, as text or pathlib.Path", _path)
"""A path, where an empty text stands for the default."""


def _mapping(value: Any) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise Refusal(value)
    return dict(value)


def _named(value: Any) -> dict[str, Any]:
    content = _mapping(value)
    for name in content:
        if not isinstance(name, str):
            raise Refusal(name, "Its keys are texts.")
    return content


def mapping(of: str, *, named: bool = True) -> Rule:
    """A dictionary.

    Args:
        of: What it holds, for the message.
        named: Whether its keys must be texts; else the function looks at them.
    """
    return Rule(f"a dictionary of {of}", _named if named else _mapping)


def each(rule: Rule, allowed: str, *, most: int = 100_000, empty: str = "") -> Rule:
    """An iterable whose items follow a rule, as a tuple.

    Args:
        rule: That of each item.
        allowed: What the message calls the items: "whole numbers from 0 to 100,000".
        most: Items, at most; a generator without end is refused.
        empty: What must be there, if an empty one is refused: "at least one lag".
    """

    def take(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str | bytes | bytearray | Mapping):
            raise Refusal(value)
        items = tuple(islice(iter(value), most + 1))
        if len(items) > most:
            raise Refusal(value, f"At most {most:,} are allowed.")
        if not items and empty:
            raise Refusal(value, f"Give {empty}.")
        found = []
        for item in items:
            try:
                found.append(rule.take(item))
            except Exception:
                raise Refusal(item) from None
        return tuple(found)

    return Rule(allowed, take)


def instance(allowed: str, *kinds: str) -> Rule:
    """An object of one of these classes. None is imported: who holds an object has done that.

    Args:
        allowed: What the message calls it: "an echospan.framings.Plan".
        kinds: The classes, as ``module:Class``.
    """

    def take(value: Any) -> Any:
        for kind in kinds:
            module, _, name = kind.partition(":")
            cls = getattr(sys.modules.get(module), name, None)
            if cls is not None and isinstance(value, cls):
                return value
        made = f"Give an object: {value.__name__}(...)." if isinstance(value, type) else ""
        raise Refusal(value, made)

    return Rule(allowed, take)


def _callable(value: Any) -> Any:
    if not callable(value):
        raise Refusal(value)
    return value


function = Rule("a function", _callable)


def methods(allowed: str, *names: str) -> Rule:
    """An object with these methods; no class.

    Args:
        allowed: What the message calls it.
        names: The methods.
    """

    def take(value: Any) -> Any:
        if isinstance(value, type) or not all(callable(getattr(value, name)) for name in names):
            raise Refusal(value)
        return value

    return Rule(allowed, take)


def _array(value: Any) -> Any:
    if isinstance(value, type) or value.dtype.kind not in "biuf":
        raise Refusal(value)
    # NumPy 1.26 knows no namespace of its own.
    if type(value).__module__ != "numpy":
        value.__array_namespace__()
    return value


def _sequences(value: Any) -> Any:
    if value.ndim not in (2, 3):
        raise Refusal(value)
    return _array(value)


def _symbols(value: Any) -> Any:
    if value.ndim != 2 or value.dtype.kind not in "iu":
        raise Refusal(value)
    return _array(value)


def _numbers(value: Any) -> Any:
    if value.ndim != 3 or value.dtype.kind not in "iuf":
        raise Refusal(value)
    return _array(value)


def _table(value: Any) -> Any:
    if value.ndim != 2:
        raise Refusal(value)
    return _array(value)


symbols = Rule("an array (sequences, time) of integers, NumPy or JAX", _symbols)

numbers = Rule("an array (sequences, time, features) of numbers, NumPy or JAX", _numbers)

table = Rule("an array (sequences, time) of integers or numbers, NumPy or JAX", _table)

array = Rule("an array of integers or numbers, NumPy or JAX", _array)

sequences = Rule("an array (sequences, time, ...) of integers or numbers, NumPy or JAX", _sequences)


def _positions(value: Any) -> Any:
    if isinstance(value, type) or value.ndim == 0 or value.dtype.kind not in "iu":
        raise Refusal(value)
    return value


positions = Rule("a NumPy array of integers, as Plan.inputs and Plan.targets", _positions)

DEEPEST = 64
"""Lists inside each other; arrays have no more axes."""


def _readable(value: Any) -> Any:
    for name in ("shape", "dtype", "__array__", "__iter__", "__len__", "__getitem__"):
        hasattr(value, name)
    isinstance(value, Mapping)
    inner, depth = value, 0
    while isinstance(inner, list | tuple | dict) and inner:
        inner = next(iter(inner.values() if isinstance(inner, dict) else inner))
        depth += 1
        if depth > DEEPEST:
            raise Refusal(value)
    return value


readable = Rule("an object that can be read, nested at most 64 deep", _readable)
"""For data and models, which the function looks at further: what raises when it is looked at, or
contains itself, goes no further."""


def optional(rule: Rule) -> Rule:
    """None, or what the rule allows."""
    return Rule(rule.allowed, lambda value: None if value is None else rule.take(value))


def validate_methods(kind: type, rules: Mapping[str, Mapping[str, Rule]]) -> None:
    """Validate the methods that a class defines itself; for `__init_subclass__` of public bases.

    Args:
        kind: The class.
        rules: Of each method. Arguments that a subclass calls otherwise are left to it.
    """
    for name, own in rules.items():
        method = kind.__dict__.get(name)
        if not inspect.isfunction(method) or hasattr(method, "__validated__"):
            continue
        known = inspect.signature(method).parameters
        setattr(kind, name, validated(**{n: r for n, r in own.items() if n in known})(method))


def either(allowed: str, *rules: Rule) -> Rule:
    """What one of several rules allows."""

    def take(value: Any) -> Any:
        for rule in rules:
            try:
                return rule.take(value)
            except Exception:
                continue
        raise Refusal(value)

    return Rule(allowed, take)
