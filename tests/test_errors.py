from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from echospan import errors
from echospan.errors import (
    BackendError,
    ConfigError,
    CorruptRun,
    DataError,
    EchospanError,
    MissingExtra,
    RunNotFound,
    StoreError,
    did_you_mean,
    unknown,
)


def test_the_tree_is_the_one_drawn_in_the_docstring():
    depth_of = {"EchospanError": 0}
    for line in errors.__doc__.splitlines():
        if "── " in line:
            branch, _, name = line.partition("── ")
            depth_of[name.split()[0]] = len(branch) // 4 + 1
    classes = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert set(classes) == set(depth_of)
    for name, depth in depth_of.items():
        own = [base for base in classes[name].__mro__ if issubclass(base, EchospanError)]
        assert len(own) == depth + 1, name


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ConfigError, ValueError),
        (DataError, ValueError),
        (BackendError, RuntimeError),
        (MissingExtra, ImportError),
        (RunNotFound, LookupError),
    ],
)
def test_they_are_also_what_python_programmers_catch(error, builtin):
    assert issubclass(error, builtin)


def test_store_errors():
    assert issubclass(RunNotFound, StoreError)
    assert issubclass(CorruptRun, StoreError)
    assert not issubclass(StoreError, ValueError)


def test_a_config_error_is_one_sentence_and_keeps_its_parts():
    error = ConfigError("task.lag", "smaller than 25", 30, "Shorten the lag.")
    assert str(error) == "task.lag must be smaller than 25; got 30. Shorten the lag."
    assert (error.field, error.allowed, error.given) == ("task.lag", "smaller than 25", 30)
    assert str(ConfigError("a", "b", "c")) == "a must be b; got 'c'."


@pytest.mark.parametrize(
    "given", [np.zeros((50, 50)), {"text": "a\nb" * 1000}, "x" * 100_000, ["y"] * 5000]
)
def test_a_large_value_is_cut_to_one_short_line(given):
    message = str(ConfigError("task", "a table of settings", given))
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_a_config_error_comes_home_from_another_process(again):
    error = ConfigError("task.lag", "smaller than 25", 30, "Shorten the lag.")
    other = again(error)
    assert type(other) is ConfigError
    assert str(other) == str(error)
    assert (other.field, other.given, other.hint) == (error.field, error.given, error.hint)


def test_an_unknown_name_is_shown_with_those_known_and_the_nearest():
    error = unknown("task", ["echo", "copy"], "ecko", "or package.module:Class")
    assert str(error) == (
        "task must be one of echo, copy, or package.module:Class; got 'ecko'. Did you mean 'echo'?"
    )
    assert str(unknown("task", ["echo"], 7)) == "task must be one of echo; got 7."
    assert did_you_mean("x" * 10_000_000, ["echo"]) == ""
