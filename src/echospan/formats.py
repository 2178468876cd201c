"""TOML and JSON text as tables of settings; a mistake is one line that says where it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from echospan.errors import DataError

MOST_PARTS = 50
"""Parts of a dotted key."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{MOST_PARTS}}}")


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables that `text` holds.

    Args:
        text: TOML.
        source: What the text is called in errors, such as the path of its file.

    Raises:
        DataError: A syntax error, with line and column.
    """
    if _DEEP_KEY.search(text):
        # Each part is a table in the one before it: deeper than any code that reads them can go.
        raise DataError(f"{source} is not valid TOML: a key has more than {MOST_PARTS} parts.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise DataError(f"{source} is not valid TOML: it is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        # Python 3.11 gives no line where the text stops too early.
        reason = str(error).replace("at end of document", f"at {_end(text)}")
        raise DataError(f"{source} is not valid TOML: {reason}.") from None
    except ValueError as error:
        # Python's limit on the digits of a number: no syntax error, and without a place.
        raise DataError(f"{source} cannot be read: {_short(error)}.") from None


def write_toml(content: Mapping[str, Any]) -> str:
    """TOML text that `read_toml` reads as the same tables.

    Args:
        content: Nested tables of text, numbers, booleans and lists of these. TOML has no null.

    Raises:
        TypeError: A value that TOML has no form for.
    """
    return "\n".join(_tables(content, "")) + "\n" if content else ""


def _tables(table: Mapping[str, Any], name: str) -> Iterator[str]:
    """The lines of a table: its values first, then the tables inside."""
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    values = [f"{_key(key)} = {_value(table[key])}" for key in table if key not in inner]
    headed = bool(name and (values or not inner))
    if headed:
        yield f"[{name}]"
    yield from values
    begun = bool(headed or values)
    for key, value in inner.items():
        if begun:
            yield ""
        yield from _tables(value, f"{name}.{_key(key)}" if name else _key(key))
        begun = True


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: Any, depth: int = 0) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(each, depth)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        margin = "    " * (depth + 1)
        lines = [f"{margin}{_value(each, depth + 1)},\n" for each in value]
        return f"[\n{''.join(lines)}{margin[4:]}]" if lines else "[]"
    raise TypeError(f"TOML has no form for {type(value).__name__}")


_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _text(text: str) -> str:
    """A basic string, with everything escaped that may not stand in one."""

    def escaped(sign: str) -> str:
        control = (sign < " " and sign != "\t") or sign == "\x7f"
        return _SHORT.get(sign) or (f"\\u{ord(sign):04x}" if control else sign)

    return f'"{"".join(map(escaped, text))}"'


def read_json(text: str, source: str) -> dict[str, Any]:
    """The object that `text` holds.

    Args:
        text: JSON.
        source: What the text is called in errors.

    Raises:
        DataError: A syntax error, with line and column, or something other than an object.
    """
    try:
        content = json.loads(text)
    except RecursionError:
        raise DataError(f"{source} is not valid JSON: it is nested too deeply.") from None
    except json.JSONDecodeError as error:
        place = f"at line {error.lineno}, column {error.colno}"
        raise DataError(f"{source} is not valid JSON: {error.msg} ({place}).") from None
    except ValueError as error:
        raise DataError(f"{source} cannot be read: {_short(error)}.") from None
    if not isinstance(content, dict):
        raise DataError(f"{source} must hold one JSON object; it holds {type(content).__name__}.")
    return content


def _end(text: str) -> str:
    lines = text.split("\n")
    return f"line {len(lines)}, column {len(lines[-1]) + 1}, the end of the document"


def _short(error: ValueError) -> str:
    """Python's sentence without its advice to programmers."""
    return str(error).partition(";")[0]
