"""Every public object has an example in its docstring, and the example is run."""

from __future__ import annotations

import doctest
import inspect

import numpy as np
import pytest

import echospan

ROOMS = ("framings", "layers", "models", "tasks", "widgets")
SLOW = (
    "CheckReport",
    "Comparison",
    "ConformReport",
    "Diagnosis",
    "FramingCheck",
    "RunResult",
    "Sheet",
    "SweepResult",
    "UsesLog",
    "UsesReport",
    "check",
    "check_torch",
    "compare",
    "conform",
    "diagnose",
    "run",
    "span",
    "sweep",
    "uses",
    "watch_torch",
    # Of echospan.widgets.
    "accuracy_data",
    "state_data",
)
"""Those that train or take a model apart."""


def objects():
    """Public functions and classes by their dotted name, with those of the rooms."""
    for name in echospan.__all__:
        if name not in ROOMS and name != "__version__":
            yield name, [pytest.mark.slow] if name in SLOW else []
    for room in ROOMS:
        for name in getattr(echospan, room).__all__:
            found = getattr(getattr(echospan, room), name)
            if inspect.isclass(found) or inspect.isfunction(found):
                slow = room in ("layers", "models") or name in SLOW
                yield f"{room}.{name}", [pytest.mark.slow] if slow else []


CASES = [pytest.param(name, id=name, marks=marks) for name, marks in objects()]


@pytest.mark.parametrize("name", CASES)
def test_the_example_of_a_public_object_runs(name, tmp_path, monkeypatch):
    import keras

    if name == "widgets.widget":
        pytest.importorskip("anywidget")
    monkeypatch.chdir(tmp_path)
    found = echospan
    for part in name.split("."):
        found = getattr(found, part)
    globs = {"echospan": echospan, "keras": keras, "np": np}
    text = inspect.getdoc(found)
    test = doctest.DocTestParser().get_doctest(text, globs, name, inspect.getsourcefile(found), 0)
    assert test.examples, f"{name} has no example"
    assert not any(doctest.SKIP in example.options for example in test.examples)
    said = []
    outcome = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert outcome.failed == 0, "".join(said)
