"""Import a user's function from a file or a package, and call it with a seed."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import random
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from echospan.errors import ConfigError, EchospanError
from echospan.extras import missing_of
from echospan.foreign import text_of

FIELD = "model"

INPUT_ATTRIBUTE = "echospan_input"
"""Attribute by which a model may say that it takes "integers" or "one-hot" vectors."""

STATE_BITS_ATTRIBUTE = "echospan_state_bits"
"""Attribute by which a model may say how many bits its state can hold."""

LONGEST_ATTRIBUTE = "echospan_longest"
"""Attribute by which a model may say how many steps a sequence may have at most."""

HUGGING_FACE = "hf:"
"""Before the name of a class of transformers."""

Builder = Callable[[int], Any]
"""Makes a new model for a number of symbols, as the user wrote it."""


def function_of(text: str, field: str = FIELD, *, objects: bool = False) -> Callable[..., Any]:
    """Import what ``FILE.py:function`` or ``package.module:function`` names, or a class so named.

    Modules beside the file are found, while it is imported and while the function runs.

    Args:
        text: File or module, a colon, and the function's name.
        field: Name of the argument in errors.
        objects: Take an object of any kind, too, such as a model.

    Raises:
        ConfigError: There is no such file, module or function, or it can't be imported.
    """
    place, _, name = text.rpartition(":")
    path = Path(place) if place.endswith(".py") else None
    module = _from_package(place, field) if path is None else _from_file(path, field)
    function: Any = getattr(module, name, None)
    if objects and hasattr(module, name) and not callable(function):
        return function  # type: ignore[no-any-return]
    if not callable(function):
        near = [n for n in dir(module) if not n.startswith("_") and callable(getattr(module, n))]
        close = difflib.get_close_matches(name, near, 1)
        raise ConfigError(
            field,
            f"a {'model or function' if objects else 'function'} that {place} defines",
            text,
            f"Did you mean {place}:{close[0]}?" if close else f"It has no {name!r}.",
        )
    whole: Callable[..., Any] = function
    made = isinstance(whole, type) or (objects and not inspect.isroutine(whole))
    return whole if path is None or made else _with_folder(whole, path)


def _with_folder(function: Callable[..., Any], path: Path) -> Callable[..., Any]:
    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        with _beside(path):
            return function(*arguments, **named)

    return run


@contextmanager
def _beside(path: Path) -> Iterator[None]:
    """Find modules beside the file, as when Python runs it."""
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _from_file(path: Path, field: str) -> ModuleType:
    if not path.is_file():
        raise ConfigError(field, "FILE.py:function with a file that exists", str(path))
    # A file that is named twice is run once, unless it was changed in between.
    known = path.stat()
    try:
        return _run(path.absolute(), known.st_mtime_ns, known.st_size)
    except EchospanError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(
            field,
            f"a file that can be imported; importing it raised {said(error)}",
            str(path),
            _installing(error),
        ) from error


@cache
def _run(path: Path, *version: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"echospan_user_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        with _beside(path):
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    return module


def _from_package(name: str, field: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except EchospanError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(
            field,
            f"FILE.py:function or package.module:function; importing {name!r} raised {said(error)}",
            name,
            _installing(error),
        ) from error


def _installing(error: BaseException) -> str:
    """The line that installs what an import did not find, where an extra brings it."""
    missing = missing_of(error, "It") if isinstance(error, ImportError) else None
    return f"{missing}." if missing is not None else ""


def name_of(function: Any) -> str:
    """What messages call a function, a class, or an object that can be called like one."""
    name = getattr(function, "__name__", None)
    if isinstance(name, str):
        return name
    if isinstance(function, partial):
        return f"partial({name_of(function.func)}, ...)"
    return f"{type(function).__name__} object"


def require_builder(model: Any) -> None:
    """Refuse a model where a function that makes one is needed.

    Raises:
        ConfigError: It is a torch module, a Keras model or layer, or two JAX functions.
    """
    kind = _kind_of_instance(model)
    if not kind:
        return
    name = type(model).__name__
    made = "(init, apply)" if kind == "pair" else f"{name}(symbols, ...)"
    raise ConfigError(
        FIELD,
        "a class, or a function (symbols: int) -> model: each seed starts from new weights",
        "(init, apply) itself" if kind == "pair" else f"an object of {name}",
        f"Pass lambda symbols: {made}"
        + (f", or the class {name} if symbols is its only argument." if kind != "pair" else "."),
    )


def _kind_of_instance(model: Any) -> str:
    for package, kinds in (("torch", ("nn.Module",)), ("keras", ("Model", "Layer"))):
        module = sys.modules.get(package)
        for kind in kinds if module is not None else ():
            found: Any = module
            for part in kind.split("."):
                found = getattr(found, part, None)
            if isinstance(found, type) and isinstance(model, found):
                return package
    pair = isinstance(model, tuple | list) and len(model) == 2 and all(map(callable, model))
    return "pair" if pair else ""


WIDTHS = (
    "units", "width", "hidden", "hidden_size", "hidden_dim", "hidden_units", "n_hidden", "dim",
    "d_model", "state_size", "features", "channels", "size",
)  # fmt: skip
"""Names of a function's second argument by which it is known to be a width."""


def width_of(function: Callable[..., Any]) -> str | None:
    """Name of the argument beside the symbols that sets a model's width; None without one."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    taken = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return next((p.name for p in parameters[1:] if p.name in WIDTHS and p.kind in taken), None)


def with_width(function: Callable[..., Any], name: str, units: int) -> Builder:
    """The same function with that width."""

    @wraps(function)
    def run(symbols: int) -> Any:
        return function(symbols, **{name: units})

    return run


def call(function: Builder, symbols: int, seed: int, text: str) -> Any:
    """Build the user's model with the random weights of a seed.

    Args:
        function: Makes a model for a number of symbols.
        symbols: The number of symbols.
        seed: Seed of the weights.
        text: Name of the function in errors.

    Raises:
        ConfigError: The function raised, or does not take one argument.
    """
    with seeded(seed):
        try:
            return function(symbols)
        except EchospanError:
            raise
        except Exception as error:
            raise ConfigError(
                FIELD,
                f"a function (symbols: int) -> model; called with {symbols} it raised "
                f"{said(error)}",
                text,
                _installing(error) or _one_argument(function, error),
            ) from error


def _one_argument(function: Builder, error: Exception) -> str:
    """How to wrap what cannot be called with the number of symbols alone; empty where it can."""
    try:
        inspect.signature(function).bind(10)
    except TypeError:
        pass
    except ValueError:
        return ""
    else:
        # torch's own classes hand on whatever they are given, and miss something later.
        own = line_of(error) or not isinstance(error, TypeError)
        if own or not isinstance(function, type) or "required" not in text_of(error):
            return ""
    name = name_of(function)
    if not isinstance(function, type) or not name.isidentifier():
        return "It must take one argument, the number of symbols."
    return f"Its arguments are others: pass lambda symbols: {name}(symbols, ...)."


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed global randomness, which many models draw their weights from; restore it at the end."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


def said(error: BaseException) -> str:
    """Describe an error in one line, with the last line of the user's code that it came through."""
    # Keras sets what it wraps in bold.
    text = " ".join(re.sub("\x1b\\[[0-9;]*m", "", text_of(error)).split())
    return f"{type(error).__name__}: {text[:300]}{line_of(error)}"


def line_of(error: BaseException) -> str:
    """The last line of the user's own code that an error came through; empty where none is."""
    own = [
        f" (line {frame.lineno} of {Path(frame.filename).name})"
        for frame in traceback.extract_tb(error.__traceback__)
        if is_users(frame.filename)
    ]
    # A syntax error says itself where it is.
    return own[-1] if own and not isinstance(error, SyntaxError) else ""


def is_users(file: str) -> bool:
    """Whether it is neither Python's, nor of an installed package, nor ours."""
    path = Path(file)
    if {"site-packages", "dist-packages"} & set(path.parts):
        # Of another environment, that a .pth file or PYTHONPATH adds.
        return False
    return path.is_file() and not any(
        path.is_relative_to(folder)
        for folder in (
            Path(__file__).parents[1],
            sysconfig.get_path("stdlib"),
            sysconfig.get_path("purelib"),
            sysconfig.get_path("platlib"),
        )
    )
