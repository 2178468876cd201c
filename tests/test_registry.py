"""Names of other packages: found, stored and, where only data names them, refused."""

from __future__ import annotations

import sys
from typing import Any, Literal

import pytest

import echospan
from echospan.errors import ConfigError
from echospan.experiment import Experiment
from echospan.models import LSTM, MODELS, Model
from echospan.recipe import Recipe, parse
from echospan.registry import Registry, reading
from echospan.spec import choose, subclass_of
from echospan.tasks import TASKS, Echo, Task

FRAME = {"framing": {"kind": "window", "window": 3}, "model": {"kind": "lstm", "units": 4}}

MODULE = """
from typing import Literal
from echospan.tasks import Echo

LOADED = True


class Again(Echo):
    "Echo by another name."
    kind: Literal["again"] = "again"


class Half(Echo):
    "Not told apart from echo."


def function():
    pass
"""

TOML = """
[task]
kind = "{name}"
symbols = 5
length = 12
lag = 2
[framing]
kind = "window"
window = 3
[model]
kind = "lstm"
units = 4
"""


class Mine(Echo):
    """A task that stands in this file."""

    kind: Literal["mine"] = "mine"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module that nothing has imported, with two classes."""
    name = f"of_others_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def refused(make, *words: str) -> str:
    with pytest.raises(ConfigError) as caught:
        make()
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert word in text
    return text


def test_a_class_or_an_object_is_taken_and_found_again_by_its_name():
    for given in (Mine, Mine(), {"kind": Mine}):
        experiment = Experiment(task=given, **FRAME)
        assert type(experiment.task) is Mine
        content = experiment.to_dict()
        assert content["task"]["kind"] == f"{Mine.__module__}:Mine"
        again = Experiment.from_dict(content)
        assert again == experiment
        assert again.fingerprint == experiment.fingerprint
        assert Experiment.from_toml(experiment.to_toml()) == experiment
        assert experiment.with_settings({"task.lag": 2}).task.lag == 2
        assert experiment.replace(seed=3).task == experiment.task


def test_settings_take_a_part_whole_or_its_class():
    recipe = Recipe(name="r", experiment={"task": {"kind": "echo"}, **FRAME})
    whole = recipe.settle({"task": Mine(symbols=4, lag=2)})
    assert (type(whole.task), whole.task.symbols, whole.task.lag) == (Mine, 4, 2)
    assert type(recipe.settle({"task": Mine}).task) is Mine
    assert recipe.settle({"task.kind": Mine, "task.lag": 2}).task == Mine(lag=2)
    refused(lambda: recipe.settle({"task": LSTM()}), "task must be a table of settings")


def test_typed_names_are_imported(module):
    given = {"task": {"kind": f"{module}:Again", "lag": 2}, **FRAME}
    assert Experiment(**given).task.kind == "again"
    recipe = Recipe(name="r", experiment={"task": {"kind": "echo"}, **FRAME})
    assert recipe.settle({"task.kind": f"{module}:Again"}).task.kind == "again"


def test_data_imports_nothing_unless_it_is_trusted(module):
    name = f"{module}:Again"
    text = TOML.format(name=name)
    stored = {"task": {"kind": name}, **FRAME}
    variant = {"name": "v", "set": {"task.kind": name}}
    plain = {"name": "r", "experiment": {"task": {"kind": "echo"}, **FRAME}}
    with_variant = Recipe.from_dict({**plain, "variants": [variant]})
    for read in (
        lambda: Experiment.from_toml(text),
        lambda: Experiment.from_dict(stored),
        lambda: parse(text, "r.toml").settle(),
        lambda: parse(text, "r.toml").replace(name="other").settle(),
        lambda: parse(text, "r.toml").settle({"task.lag": 1}),
        lambda: with_variant.settle_variant(with_variant.variants[0], {}),
    ):
        refused(read, "task.kind", repr(name), "--trust", "trust=True")
        assert module not in sys.modules
    assert parse(text, "r.toml", trust=True).settle().task.kind == "again"
    assert module in sys.modules


def test_a_reading_inside_another_trusts_no_more_than_that(module):
    with reading(trust=False):
        refused(lambda: Experiment.from_toml(TOML.format(name=f"{module}:Again"), trust=True))
    assert module not in sys.modules


def test_what_the_user_holds_data_may_name(module):
    name = f"{module}:Again"
    TASKS.find(name)
    assert Experiment.from_toml(TOML.format(name=name)).task.kind == "again"


def test_names_of_our_own_modules_are_no_code_of_others():
    for name in ("echospan.tasks:Echo", "echospan.tasks.echo:Echo"):
        assert Experiment.from_toml(TOML.format(name=name)).to_dict()["task"]["kind"] == "echo"
    refused(lambda: Experiment.from_toml(TOML.format(name="echospan.__main__:main")), "--trust")


def test_what_cannot_be_used_is_one_line(module):
    refused(lambda: TASKS.find(f"{module}:Nothing"), "AttributeError", "Nothing")
    refused(lambda: TASKS.find("no_such_module:Task"), "ModuleNotFoundError", "no_such_module")
    refused(lambda: TASKS.find("mine.py:Task"), "Write mine:Task, in the folder of mine.py.")
    refused(
        lambda: TASKS.find(f"{module}:function"), "a function is no subclass of echospan.tasks.Task"
    )
    refused(lambda: MODELS.find(f"{module}:Again"), "Again is no subclass of echospan.models.Model")
    refused(lambda: TASKS.find("ech"), "one of echo, cued-echo", "Did you mean 'echo'?")


def test_a_class_that_is_not_finished_says_what_it_lacks():
    class Empty(Task):
        """Nothing in it."""

        kind: Literal["empty"] = "empty"

    class Nameless(Model):
        """Without a kind."""

        def build(self, signature: Any, init: Any) -> Any:
            raise AssertionError

    assert "does not define" in TASKS.problem_with(Empty)
    assert "width" in TASKS.problem_with(Empty)
    assert "has no `kind" in MODELS.problem_with(Nameless)
    refused(lambda: choose(TASKS, "task", Empty), "task must be a table of settings")


def test_a_table_holds_the_built_in_ones():
    table = Registry("task", {"echo": Echo}, subclass_of(Task))
    assert list(table) == ["echo"]
    table.admit(Mine)
    assert list(table) == ["echo"]
    assert table.find("echo") is Echo


def test_a_run_without_dots_says_where_the_setting_belongs(tmp_path):
    text = refused(lambda: echospan.run("stream", {"lag": 3}, store=tmp_path / "runs"))
    assert "written task.lag;" in text
    text = refused(lambda: echospan.run("stream", {"epochs": 3}, store=tmp_path / "runs"))
    assert "written training.epochs;" in text
