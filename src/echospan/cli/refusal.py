"""What was typed and can't be parsed: one line with the option, what is allowed and what was given.

The parser of Typer raises errors of its own, and would draw a box of several lines around them.
What is allowed is read from the command's own signature: how the parser says it, and where its
classes lie, differs from one version of Typer to the next.
"""

from __future__ import annotations

import re
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from echospan.errors import ConfigError, EchospanError, did_you_mean

GIVEN = re.compile(r"'(?P<text>[^']*)' is not |(?P<number>\S+) is not in the range")
"""Where the parser's own sentence holds what was given."""


class Misspelt(EchospanError):
    """A command line that can't be parsed, where no single option has a wrong value."""


def is_of_parser(error: BaseException) -> bool:
    """Whether the parser raised it."""
    return callable(getattr(error, "format_message", None)) and hasattr(error, "exit_code")


def asks_for_help(error: BaseException) -> bool:
    """Whether a command that does nothing by itself was named alone: that shows its help."""
    return type(error).__name__ == "NoArgsIsHelpError"


def in_one_line(error: Any) -> EchospanError:
    """The parser's error as one of echospan's."""
    from echospan.cli.command import typed_name

    context = getattr(error, "ctx", None)
    see = f"See: {getattr(context, 'command_path', '') or 'echospan'} --help"
    parameter = getattr(error, "param", None)
    if parameter is not None:
        name = typed_name(parameter)
        if type(error).__name__ == "MissingParameter":
            return ConfigError(name, "given", None, see)
        allowed, choices = _allowed(context, parameter.name)
        given = _given(error)
        if allowed and given is not None:
            return ConfigError(name, allowed, given, did_you_mean(given, choices))
    text = " ".join(str(error.format_message()).split()).rstrip(".")
    return Misspelt(f"{text}. {see}")


def _given(error: Any) -> Any:
    """What stood there; None where the parser does not say."""
    details = getattr(error.__cause__, "errors", None)
    if callable(details):
        return next((_number(str(one.get("input"))) for one in details()), None)
    if (found := GIVEN.search(str(error.message))) is None:
        return None
    return _number(found["text"] if found["text"] is not None else found["number"])


def _number(text: str) -> int | float | str:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _allowed(context: Any, name: str) -> tuple[str, tuple[str, ...]]:
    """What a parameter may be, in words, and its choices; empty where its type says neither."""
    callback = getattr(getattr(context, "command", None), "callback", None)
    hint = get_type_hints(callback, include_extras=True).get(name) if callback else None
    least = most = None
    while get_origin(hint) in (Annotated, Union, UnionType, list):
        if get_origin(hint) is Annotated:
            option = get_args(hint)[1]
            least, most = getattr(option, "min", None), getattr(option, "max", None)
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal:
        choices = tuple(str(one) for one in get_args(hint))
        return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1]))), choices
    if hint not in (int, float):
        return "", ()
    noun = "a whole number" if hint is int else "a number"
    if least is not None and most is not None:
        return f"{noun} from {least} to {most}", ()
    if least is None and most is None:
        return noun, ()
    return f"{noun}, {f'at least {least}' if most is None else f'at most {most}'}", ()
