"""TOML and JSON text as tables of settings; a mistake is one line that says where it is."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from echospan.errors import DataError


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables that `text` holds.

    Args:
        text: TOML.
        source: What the text is called in errors, such as the path of its file.

    Raises:
        DataError: A syntax error, with line and column.
    """
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
