"""Functions of users' files: found, called, and the modules beside them."""

from __future__ import annotations

import random
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from echospan.adapters.loading import (
    call,
    function_of,
    is_users,
    name_of,
    require_builder,
    seeded,
)
from echospan.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "beside_it.py").write_text("WIDTH = 7\n")
    path = tmp_path / "mine.py"
    path.write_text(
        "RUNS = []\nRUNS.append(1)\n"
        "def width():\n    from beside_it import WIDTH\n    return WIDTH, len(RUNS)\n"
        "class Model: ...\n"
    )
    return path


def test_modules_beside_the_file_are_found_while_the_function_runs(file: Path) -> None:
    before = list(sys.path)
    assert function_of(f"{file}:width")() == (7, 1)
    assert sys.path == before
    sys.modules.pop("beside_it")


def test_a_file_runs_once_until_it_changes(file: Path) -> None:
    first, again = (function_of(f"{file}:Model") for _ in range(2))
    assert first is again
    file.write_text(file.read_text() + "NEW = True\n")
    assert function_of(f"{file}:Model") is not first


def test_the_argument_is_named_as_the_caller_says(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="that exists") as error:
        function_of(f"{tmp_path / 'none.py'}:model", "FILE.py:FUNCTION")
    assert error.value.field == "FILE.py:FUNCTION"
    with pytest.raises(ConfigError, match=r"Did you mean json:loads\?"):
        function_of("json:load_s")


def test_global_randomness_is_seeded_and_then_as_before() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = random.random(), np.random.random()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    drawn = []
    for _ in range(2):
        with seeded(3):
            drawn.append((random.random(), np.random.random()))  # noqa: NPY002
    assert drawn[0] == drawn[1] != expected
    assert (random.random(), np.random.random()) == expected  # noqa: NPY002


class Callable:
    def __call__(self, symbols: int) -> int:
        return symbols


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (len, "len"),
        (Callable, "Callable"),
        (Callable(), "Callable object"),
        (partial(len), "partial(len, ...)"),
    ],
)
def test_whatever_can_be_called_has_a_name(function: object, name: str) -> None:
    assert name_of(function) == name


class TwoArguments:
    def __init__(self, symbols: int, width: int) -> None: ...


class HandsOn:
    def __init__(self, *args: int) -> None:
        self.start(*args)

    def start(self, symbols: int, width: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (TwoArguments, "pass lambda symbols: TwoArguments(symbols, ...)."),
        (lambda: 1, "It must take one argument, the number of symbols."),
        (partial(TwoArguments), "It must take one argument, the number of symbols."),
    ],
)
def test_what_takes_other_arguments_says_how_to_wrap_it(function: object, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        call(function, 10, 0, "it")  # type: ignore[arg-type]
    assert hint in error.value.hint


def test_an_error_of_the_users_own_code_gets_no_such_hint() -> None:
    with pytest.raises(ConfigError, match="width") as error:
        call(HandsOn, 10, 0, "it")
    assert error.value.hint == ""


def test_two_functions_are_no_function_that_makes_them() -> None:
    with pytest.raises(ConfigError, match=r"Pass lambda symbols: \(init, apply\)\."):
        require_builder((len, len))
    require_builder("lstm")
    require_builder(len)


def test_packages_of_another_environment_are_not_the_users(tmp_path: Path) -> None:
    installed = tmp_path / "lib" / "python3.12" / "site-packages" / "other.py"
    own = tmp_path / "own.py"
    for file in (installed, own):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert is_users(str(own))
    assert not is_users(str(installed))
    assert not is_users(str(tmp_path / "missing.py"))
