"""Our own recipes and models are sound: the doctor must find no error in them."""

from __future__ import annotations

import pytest

from echospan.doctor.experiments import check_experiment
from echospan.errors import ConfigError
from echospan.experiment import Experiment
from echospan.models import MODELS
from echospan.recipe import SHELF

pytestmark = pytest.mark.slow

SMALL = {"task.symbols": 9}
FAULTY = {
    "mistake": {"state-row-mismatch"},
}
"""Recipes that show a fault, and the errors that they show."""


BASELINES = {"last-value": {"lag-outside-window"}}
"""It hears only the newest value: that is what it is for."""


@pytest.mark.parametrize("name", [name for name in SHELF.ORDER if name != "csv"])
def test_recipes(name):
    recipe = SHELF.recipes[name]
    try:
        experiment = recipe.settle(SMALL)
    except ConfigError:
        experiment = recipe.settle({})
    report = check_experiment(experiment)
    errors = {finding.code for finding in report.findings if finding.severity == "error"}
    assert errors == FAULTY.get(name, set())
    assert not report.skipped


def settings_of(kind: str) -> list[dict[str, object]]:
    """Experiments that a model can answer: an answer at every step, or after a window."""
    found = []
    for framing in ({"kind": "sequence"}, {"kind": "window", "window": 4}):
        config = {
            "task": {"kind": "echo", "symbols": 6, "length": 12, "lag": 1},
            "framing": framing,
            "model": {"kind": kind},
        }
        try:
            Experiment(**config)
        except ConfigError:
            continue
        found.append(config)
    return found[:1]


@pytest.mark.parametrize("kind", [kind for kind in MODELS if settings_of(kind)])
def test_models(kind):
    report = check_experiment(Experiment(**settings_of(kind)[0]))
    errors = {finding.code for finding in report.findings if finding.severity == "error"}
    assert errors == BASELINES.get(kind, set())
    # The model of chance draws its answers.
    assert ("answer-not-repeatable" in report.codes) == (kind == "chance")
