"""A fingerprint of the user's code and files: whether a model is the one that it was."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from echospan.adapters.loading import HUGGING_FACE, function_of, is_users
from echospan.adapters.named import model_class

MOST_MODULES = 500
"""Modules that are looked through for what they use."""


def fingerprints(*given: Any) -> dict[str, str]:
    """SHA-256 of each file that a model or a task is made of, by name; echospan's own left out.

    The file that defines it counts, and those of the user's modules that this one uses, directly
    or not. Modules of installed packages count only where they define it.

    Args:
        *given: Models and tasks as `echospan.span` takes them.

    Raises:
        ConfigError: A name stands for nothing that can be imported.
    """
    found: dict[str, str] = {}
    for each in given:
        found.update(_of(each))
    return dict(sorted(found.items()))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of the files that are not what they were, or are there only once."""
    return sorted(name for name in {**before, **now} if before.get(name) != now.get(name))


def _of(given: Any) -> dict[str, str]:
    if isinstance(given, str) and given.endswith(".keras"):
        return {Path(given).name: _digest(Path(given).read_bytes())}
    if isinstance(given, Mapping):
        given = given.get("kind")
    if isinstance(given, str) and given.startswith(HUGGING_FACE):
        return {}
    if isinstance(given, str):
        given = function_of(given) if ":" in given else _built_in(given)
    if given is None:
        return {}
    defined = _defined(given)
    module = sys.modules.get(str(getattr(defined, "__module__", "")))
    if module is None or _file(module) is None:
        return _of_source(defined)
    own = getattr(module, "__name__", "")
    if own == "echospan" or own.startswith("echospan."):
        return {}
    return {_name(each): _digest(file.read_bytes()) for each, file in _files(module)}


def _built_in(name: str) -> Any:
    """The class of a model of another package; None for a task's name."""
    with suppress(Exception):
        return model_class(name)
    return None


def _defined(given: Any) -> Any:
    """The function or class in which the model is written."""
    while isinstance(given, partial):
        given = given.func
    given = inspect.unwrap(given) if callable(given) else given
    return given if inspect.isroutine(given) or isinstance(given, type) else type(given)


def _of_source(defined: Any) -> dict[str, str]:
    """Of what was typed in a notebook, its text; of what has none, nothing."""
    try:
        text = inspect.getsource(defined)
    except (OSError, TypeError):
        return {}
    return {str(getattr(defined, "__qualname__", "source")): _digest(text.encode())}


def _files(first: ModuleType) -> Iterator[tuple[ModuleType, Path]]:
    """A module and the user's modules that it uses, with their files."""
    seen, waiting = {id(first)}, [first]
    while waiting and len(seen) <= MOST_MODULES:
        module = waiting.pop()
        file = _file(module)
        if file is None or (module is not first and not is_users(str(file))):
            continue
        yield module, file
        for used in _used(module):
            if id(used) not in seen:
                seen.add(id(used))
                waiting.append(used)


def _used(module: ModuleType) -> Iterable[ModuleType]:
    for value in list(vars(module).values()):
        if isinstance(value, ModuleType):
            yield value
            continue
        with suppress(Exception):
            used = sys.modules.get(value.__module__)
            if used is not None:
                yield used


def _file(module: ModuleType) -> Path | None:
    with suppress(Exception):
        path = Path(str(module.__file__))
        return path if path.is_file() else None
    return None


def _name(module: ModuleType) -> str:
    """As the user would call the file, without its place."""
    name = module.__name__
    if name.startswith("echospan_user_") or "." not in name:
        return Path(str(module.__file__)).name
    return name.replace(".", "/") + ".py"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
