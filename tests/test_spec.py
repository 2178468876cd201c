from __future__ import annotations

import types
import typing
from typing import ClassVar, Literal

import numpy as np
import pydantic
import pytest
from pydantic import Field, model_validator

from echospan.errors import ConfigError, DataError
from echospan.experiment import Evaluation, Experiment, Training
from echospan.framings import FRAMINGS
from echospan.models import MODELS
from echospan.recipe import Grid, Recipe, Variant
from echospan.spec import Spec, choose
from echospan.tasks import TASKS

SPECS = [
    *TASKS.values(),
    *FRAMINGS.values(),
    *MODELS.values(),
    *(Training, Evaluation, Experiment, Variant, Grid, Recipe),
]


class Pot(Spec):
    section: ClassVar[str] = "pot"
    kind: Literal["pot"] = "pot"
    litres: int = Field(default=3, ge=1, le=9)
    """What goes in."""
    heat: float = Field(default=0.5, gt=0)
    """How hot."""
    lid: bool = True
    """Whether it is closed."""
    shape: Literal["round", "square"] = "round"
    """From above."""
    label: str = ""
    """Written on it."""
    cracks: int | None = None
    """If counted."""


class Pan(Spec):
    section: ClassVar[str] = "pot"
    kind: Literal["pan"] = "pan"
    handle: int
    """Centimetres."""


class Leaky(Spec):
    section: ClassVar[str] = "pot"
    kind: Literal["leaky"] = "leaky"

    @model_validator(mode="after")
    def _leaks(self) -> Leaky:
        raise DataError("It leaks.")


TABLE = {"pot": Pot, "pan": Pan}


def message(make) -> str:
    with pytest.raises(ConfigError) as caught:
        make()
    text = str(caught.value)
    assert "\n" not in text
    assert "pydantic" not in text
    assert caught.value.__cause__ is None
    return text


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"litres": "3"}, "pot.litres must be a valid integer; got '3'."),
        ({"litres": True}, "pot.litres must be a valid integer; got True."),
        ({"litres": 3.0}, "pot.litres must be a valid integer; got 3.0."),
        ({"litres": float("nan")}, "pot.litres must be a valid integer; got nan."),
        ({"litres": None}, "pot.litres must be a valid integer; got None."),
        ({"litres": [3]}, "pot.litres must be a valid integer; got [3]."),
        ({"litres": 0}, "pot.litres must be greater than or equal to 1; got 0."),
        ({"litres": 10}, "pot.litres must be less than or equal to 9; got 10."),
        ({"litres": 10**40}, "pot.litres must be less than or equal to 9; got " + "1" + "0" * 40),
        ({"heat": "hot"}, "pot.heat must be a valid number; got 'hot'."),
        ({"heat": True}, "pot.heat must be a valid number; got True."),
        ({"heat": float("nan")}, "pot.heat must be a finite number; got nan."),
        ({"heat": float("inf")}, "pot.heat must be a finite number; got inf."),
        ({"lid": 1}, "pot.lid must be a valid boolean; got 1."),
        ({"lid": "yes"}, "pot.lid must be a valid boolean; got 'yes'."),
        ({"shape": "oval"}, "pot.shape must be 'round' or 'square'; got 'oval'."),
        ({"label": 3}, "pot.label must be a valid string; got 3."),
    ],
)
def test_a_wrong_value_is_one_sentence(settings, expected):
    assert message(lambda: Pot(**settings)).startswith(expected)


def test_an_unknown_setting_names_those_there_are_and_the_nearest():
    text = message(lambda: Pot(litre=2))
    assert text == (
        "pot.litre must be left out: pot has the settings litres, heat, lid, shape, label, cracks; "
        "got 2. Did you mean 'litres'?"
    )


def test_a_missing_setting():
    assert message(Pan) == "pot.handle must be given. It is: centimetres."


def test_other_errors_of_the_package_come_through_as_they_are():
    with pytest.raises(DataError, match=r"^It leaks\.$"):
        Leaky()


def test_whole_numbers_are_numbers_and_numpy_counts():
    pot = Pot(litres=np.int64(4), heat=1)
    assert (type(pot.litres), pot.litres) == (int, 4)
    assert (type(pot.heat), pot.heat) == (float, 1.0)
    assert pot == Pot(litres=4, heat=1.0)


def test_frozen():
    with pytest.raises(pydantic.ValidationError):
        Pot().litres = 4


def test_plain_values_and_back():
    pot = Pot(litres=2, cracks=7)
    assert pot.to_dict() == {
        "kind": "pot",
        "litres": 2,
        "heat": 0.5,
        "lid": True,
        "shape": "round",
        "label": "",
        "cracks": 7,
    }
    assert "cracks" not in Pot().to_dict()
    assert Pot(**Pot().to_dict()) == Pot()


def test_replace_validates():
    assert Pot(litres=2).replace(heat=0.1) == Pot(litres=2, heat=0.1)
    assert message(lambda: Pot().replace(litres=99)).startswith("pot.litres must be")


def test_settings_are_documented():
    assert Pot.settings()["litres"] == "What goes in."


def test_choose_by_kind():
    assert choose(TABLE, "pot", {"kind": "pan", "handle": 20}) == Pan(handle=20)
    ready = Pot(litres=2)
    assert choose(TABLE, "pot", ready) is ready


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("pot", "pot must be a table of settings; got 'pot'."),
        (None, "pot must be a table of settings; got None."),
        ({}, "pot.kind must be one of pot, pan; got None."),
        ({"kind": 5}, "pot.kind must be one of pot, pan; got 5."),
        ({"kind": "pots"}, "pot.kind must be one of pot, pan; got 'pots'. Did you mean 'pot'?"),
        (
            {"kind": "pot", "handle": 2},
            "pot.handle must be left out: pot 'pot' has the settings litres, heat, lid, shape, "
            "label, cracks; got 2. 'handle' is a setting of pot kind pan.",
        ),
        (
            {"kind": "pot", "labl": 2},
            "pot.labl must be left out: pot 'pot' has the settings litres, heat, lid, shape, "
            "label, cracks; got 2. Did you mean 'label'?",
        ),
        ({"kind": "pot", 7: 2}, "pot.7 must be left out: pot 'pot' has the settings litres"),
    ],
)
def test_choosing_wrong(given, expected):
    assert message(lambda: choose(TABLE, "pot", given)).startswith(expected)


@pytest.mark.parametrize("table", [TASKS, FRAMINGS, MODELS])
def test_the_tables_go_by_kind(table):
    for name, spec in table.items():
        assert spec.model_fields["kind"].default == name


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.__name__)
def test_every_setting_is_documented(spec):
    for name, meaning in spec.settings().items():
        assert name == "kind" or meaning.strip().endswith("."), name
    # Its own: `inspect.getdoc` would give that of the base.
    assert (vars(spec)["__doc__"] or "").strip()


def test_a_setting_that_may_be_none_has_none_as_default():
    """Or leaving it out of TOML, which has no null, would change it."""
    defaults = {
        f"{spec.__name__}.{name}": info.default
        for spec in SPECS
        for name, info in spec.model_fields.items()
        if isinstance(info.annotation, types.UnionType)
        and type(None) in typing.get_args(info.annotation)
    }
    assert {"LSTM.embedding_size", "Training.batch_size", "Training.patience"} <= set(defaults)
    assert {name: value for name, value in defaults.items() if value is not None} == {}
