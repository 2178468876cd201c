from __future__ import annotations

from importlib import resources

import pytest

from echospan.errors import ConfigError, DataError
from echospan.experiment import Experiment
from echospan.recipe import SHELF, Recipe, Shelf, find, parse

TEXT = """
title = "Mine"
about = "What I want to know."
variant_seeds = 2
seed = 4

[task]
kind = "echo"
symbols = 10

[framing]
kind = "window"

[model]
kind = "lstm"

[[variants]]
name = "near"
set = { "task.lag" = 1 }

[[variants]]
name = "far"
label = "beyond"
set = { "task.lag" = 9, "framing.force" = true }

[grid]
rows = ["one"]
columns = ["near", "far"]
cells = [["near", "far"]]
"""


def message(attempt, error=ConfigError) -> str:
    with pytest.raises(error) as caught:
        attempt()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def mine() -> Recipe:
    return parse(TEXT, "folder/mine.toml")


def test_a_recipe(mine):
    assert (mine.name, mine.title, mine.variant_seeds, mine.view) == ("mine", "Mine", 2, "")
    assert [variant.label for variant in mine.variants] == ["", "beyond"]
    assert mine.grid.cells == [["near", "far"]]


def test_settled(mine):
    experiment = mine.settle()
    assert (experiment.name, experiment.seed, experiment.task.symbols) == ("mine", 4, 10)
    changed = mine.settle({"task.symbols": 20, "seed": 5})
    assert (changed.seed, changed.task.symbols) == (5, 20)
    assert mine.settle() == experiment


def test_a_variant_has_the_last_word(mine):
    near, far = mine.variants
    settings = {"task.lag": 3, "task.symbols": 20}
    assert mine.settle(settings).task.lag == 3
    assert mine.settle_variant(near, settings).task.lag == 1
    beyond = mine.settle_variant(far, settings)
    assert (beyond.name, beyond.task.lag, beyond.task.symbols) == ("mine/far", 9, 20)


def test_a_recipe_may_say_its_own_name():
    assert parse('name = "other"\n' + TEXT, "mine.toml").settle().name == "other"


def test_what_the_user_must_bring_is_asked_for_when_settled():
    recipe = parse(TEXT.replace('kind = "echo"\nsymbols = 10', 'kind = "series"'), "mine.toml")
    assert message(recipe.settle) == "task.data must be given. It is: path of the CSV file."
    assert recipe.settle({"task.data": "x.csv", "task.column": "y"}).task.data == "x.csv"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("tusk = 1", "tusk must be left out: the settings are name, title, about, view, variants"),
        ("[experiment]\nseed = 1", "experiment must be left out: the settings are name, title"),
        ("name = 3", "recipe.name must be a valid string; got 3."),
        ("view = 'all'", "recipe.view must be '' or 'encoding'; got 'all'."),
        ("variant_seeds = 0", "recipe.variant_seeds must be greater than or equal to 1; got 0."),
        ("variants = 3", "recipe.variants must be a valid list; got 3."),
        ("variants = ['a']", "recipe.variants.0 must be a table of settings; got 'a'."),
        ("[[variants]]\nlabel = 'x'", "variants.name must be given."),
        ("[[variants]]\nname = 'x'\nsett = 1", "variants.sett must be left out: variants has the"),
        ("[[variants]]\nname = 'x'\nset = 1", "variants.set must be a table of settings; got 1."),
        (
            "[[variants]]\nname = 'x'\n[[variants]]\nname = 'x'",
            "variants.name must be given to one variant only; got 'x'.",
        ),
        ("grid = 3", "recipe.grid must be a table of settings; got 3."),
        ("[grid]\nrows = []\ncolumns = []", "grid.cells must be given."),
        (
            "[grid]\nrows = ['r']\ncolumns = ['c']\ncells = [['a']]",
            "grid.cells must be made of the variants' names, of which there are none; got 'a'.",
        ),
        (
            "[grid]\nrows = ['r', 's']\ncolumns = ['c']\ncells = [['a']]",
            "grid.cells must be 2 rows of 1, as grid.rows and grid.columns say; got [['a']].",
        ),
    ],
)
def test_wrong_recipes(text, start):
    assert message(lambda: parse(text, "mine.toml")).startswith(start)


def test_the_nearest_setting_is_named():
    assert message(lambda: parse("tusk = 1", "m.toml")).endswith("Did you mean 'task'?")


def test_a_wrong_experiment_is_refused_when_settled():
    assert message(parse('task = "echo"', "mine.toml").settle) == (
        "task must be a table of settings; got 'echo'."
    )
    recipe = parse(TEXT, "mine.toml")
    text = message(lambda: recipe.settle({"task.lagg": 1}))
    assert text.endswith("got 1. Did you mean 'lag'?")


def test_a_syntax_error_has_line_and_column():
    text = message(lambda: parse("title = 'x'\nlag == 3\n", "mine.toml"), DataError)
    assert text == "mine.toml is not valid TOML: Invalid value (at line 2, column 6)."


# --- the shelf and the user's own files ---------------------------------------------------------


def test_a_file_of_the_users_own_is_found_by_its_path(tmp_path, mine):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, "utf-8")
    assert find(str(path)) == mine
    path.write_text(TEXT, "utf-8-sig")
    assert find(str(path)) == mine


def test_files_that_cannot_be_read(tmp_path):
    gone = tmp_path / "gone.toml"
    assert message(lambda: find(str(gone)), DataError) == f"{gone} does not exist. Check the path."
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert "is a directory" in message(lambda: find(str(folder)), DataError)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as text" in message(lambda: find(str(binary)), DataError)


def test_a_name_that_is_nobodys():
    text = message(lambda: find("windw"))
    assert text.startswith("what must be one of encode, echo, mistake, window, stateless")
    assert text.endswith("or the path of a .toml file; got 'windw'. Did you mean 'window'?")


def test_the_shelf_holds_every_file_in_its_folder():
    folder = resources.files("echospan") / "recipes"
    files = {item.name for item in folder.iterdir() if item.name.endswith(".toml")}
    assert files == {f"{name}.toml" for name in SHELF.ORDER}
    assert list(SHELF.recipes) == list(SHELF.ORDER)


USERS = {"csv": {"task.data": "mine.csv", "task.column": "value"}}


@pytest.fixture(params=Shelf.ORDER)
def shipped(request) -> tuple[Recipe, dict[str, object]]:
    return find(request.param), USERS.get(request.param, {})


def test_a_shipped_recipe_says_what_it_is(shipped):
    recipe, _ = shipped
    assert recipe.title
    assert recipe.about.strip()
    assert recipe.name in SHELF.ORDER


def test_a_shipped_recipe_settles_and_goes_there_and_back(shipped):
    recipe, settings = shipped
    experiment = recipe.settle(settings)
    assert experiment.name == recipe.name
    for copy in (
        Experiment.from_toml(experiment.to_toml()),
        Experiment.from_json(experiment.to_json()),
    ):
        assert copy == experiment
        assert copy.fingerprint == experiment.fingerprint


def test_a_shipped_recipes_layouts_exist(shipped):
    recipe, settings = shipped
    experiments = [recipe.settle(settings)]
    experiments += [recipe.settle_variant(variant, settings) for variant in recipe.variants]
    for experiment in experiments:
        assert experiment.plan().updates >= 1
        assert experiment.evaluation_plan().sequences == 1
    names = [experiment.name for experiment in experiments]
    assert len(set(names)) == len(names)
    # A variant that repeats another one, but for the name, answers nothing.
    prints = [experiment.fingerprint for experiment in experiments[1:]]
    assert len(set(prints)) == len(prints)


def test_only_what_the_user_has_to_bring_is_missing(shipped):
    recipe, settings = shipped
    if settings:
        assert message(recipe.settle) == "task.data must be given. It is: path of the CSV file."
    else:
        recipe.settle()
