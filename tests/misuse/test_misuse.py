"""Whatever public functions are given: they work, or say in one sentence what is wrong."""

from __future__ import annotations

import inspect
import os
import zlib

import numpy as np
import pytest

from misuse.attempt import attempt
from misuse.calls import GROUPS
from misuse.hostile import VALUES

SHARE = int(os.environ.get("MISUSE_SHARE", "48"))
"""One in so many misuses is tried, and of pairs half as many."""

QUICK = ("verbs", "store", "specs")
"""Groups whose calls take no time to make."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Hostile paths are relative ones."""
    monkeypatch.chdir(tmp_path)


def _chosen(*words, of):
    """One of so many, the same each time."""
    return zlib.crc32(" ".join(words).encode()) % of == 0


def _attempts(call, share):
    """The chosen misuses of a call: of one argument, and of two at once."""
    for one in call.misuses():
        if _chosen(call.name, *one, of=share):
            yield (one,)
    for one, other in call.pairs():
        if _chosen(call.name, "and", *one, *other, of=2 * share):
            yield one, other


def _problems(group, folder, share, counted):
    found, tried = [], 0
    for call in GROUPS[group](folder):
        for misuse in _attempts(call, share):
            tried += 1
            problem = attempt(call, {argument: VALUES[value]() for argument, value in misuse})
            if problem:
                said = " and ".join(f"{argument} = {value}" for argument, value in misuse)
                found.append(f"{call.name}: {said}: {problem}")
    counted(tried, len(found))
    return found


@pytest.mark.parametrize("group", QUICK)
def test_a_sample_of_misuse_is_told_in_a_sentence(group, tmp_path, counted):
    assert _problems(group, tmp_path, 199, counted) == []


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_misuse_is_told_in_a_sentence(group, tmp_path, counted):
    assert _problems(group, tmp_path, SHARE, counted) == []


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_sound_use_is_taken(group, tmp_path):
    """Each valid call works, with NumPy's numbers in place of Python's, too."""
    for call in GROUPS[group](tmp_path):
        assert attempt(call, {}) == "", call.name
        _, arguments = call.make()
        for argument, value in arguments.items():
            same = _numpys(value)
            if same is not None:
                function, given = call.make()
                function(**{**given, argument: same})


def _numpys(value):
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return np.int64(value)
    return np.float32(value) if isinstance(value, float) else None


@pytest.mark.parametrize("group", QUICK)
def test_unknown_and_surplus_arguments_are_told(group, tmp_path):
    for call in GROUPS[group](tmp_path):
        function, arguments = call.make()
        with pytest.raises((TypeError, ValueError), match="cuont"):
            function(**{**arguments, "cuont": 3})
        kinds = {each.kind for each in inspect.signature(function).parameters.values()}
        # `compare` takes any number of models; that integers are none is tried elsewhere.
        if inspect.Parameter.VAR_POSITIONAL not in kinds:
            with pytest.raises(TypeError, match="positional"):
                function(*range(50))
