"""A script does what its recipe does: the same framing, the same encoding, the same outcome."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError
from echospan.recipe import SHELF, find
from echospan.script import notebook, write_script
from echospan.tasks import Echo
from without import HEAVY, without

CSV = {"task.data": "weather.csv", "task.column": "weather"}
SHOWS = ("Settings", "The task", "The samples", "The encoding")


def experiments():
    for name, recipe in SHELF.recipes.items():
        own = CSV if name == "csv" else {}
        yield pytest.param(name, None, own, id=name)
        for variant in recipe.variants:
            yield pytest.param(name, variant.name, own, id=f"{name}-{variant.name}")
    for name, settings in (
        ("window", {"framing.window": 3, "task.lag": 2, "training.batch_size": 11}),
        ("window", {"task.lag": 7, "framing.force": True, "training.batch_size": 6}),
        ("mistake", {"training.batch_size": None, "framing.gradient": "sequence"}),
        ("mistake", {"training.sequences": 3, "training.batch_size": 4}),
        ("stream", {"task.lag": 0}),
        ("prefix", {"task.length": 7, "training.batch_size": 7, "training.shuffle": True}),
        ("regression", {"framing.keep_missing": True}),
        ("embedding", {"framing.kind": "window", "training.batch_size": 20}),
        ("csv", {**CSV, "task.column": "heat"}),
        ("csv", {**CSV, "task.column": "#1", "task.bins": 4, "task.held_out": 0.4}),
    ):
        yield pytest.param(name, None, settings, id=f"{name}-{'-'.join(settings)}")


@pytest.fixture
def weather(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    days = ["sun", "rain", "", "fog", "sun", "rain", "snow"] * 30
    heat = [f"{9 + day % 11 * 1.7:.1f}".replace(".", ",") for day in range(len(days))]
    heat[5], heat[9] = "", " nan "
    rows = [f"{day};{sky};{warm}" for day, (sky, warm) in enumerate(zip(days, heat, strict=True))]
    text = "\n".join(["day;weather;heat", *rows])
    Path("weather.csv").write_text(text + "\n", "utf-8")


def settled(name, variant=None, settings=None):
    recipe = find(name)
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    if variant is None:
        experiment = recipe.settle(given)
    else:
        chosen = next(each for each in recipe.variants if each.name == variant)
        experiment = recipe.settle_variant(chosen, given)
    if "training.batch_size" in (settings or {}) and settings["training.batch_size"] is None:
        experiment = experiment.replace(training=experiment.training.replace(batch_size=None))
    return experiment


def defined(script):
    """What the script defines before its model, without what only has an effect."""
    names = {}
    for section in script.sections:
        if section.title in SHOWS:
            tree = ast.parse(section.code)
            tree.body = [
                node
                for node in tree.body
                if not isinstance(node, ast.Expr) and "environ" not in ast.unparse(node)
            ]
            exec(compile(tree, section.title, "exec"), names)
    return names


@pytest.mark.parametrize(("name", "variant", "settings"), list(experiments()))
def test_framing_and_encoding_are_the_recipes(weather, name, variant, settings):
    experiment = settled(name, variant, settings)
    plan, task, model = experiment.plan(), experiment.task, experiment.model
    names = defined(write_script(experiment))
    draw = echospan.tasks.NumpyDraw(np.random.default_rng(3))
    values = np.asarray(task.draw(draw, plan.sequences, task.arrays(), "train"))
    inputs, targets = names["frame"](values)
    wanted = plan.gather(values, plan.inputs)
    np.testing.assert_array_equal(inputs, wanted.reshape(-1, plan.timesteps))
    asked = plan.gather(task.targets(values), plan.targets)
    np.testing.assert_array_equal(targets.reshape(asked.shape), asked)
    signature = experiment.signature(plan)
    np.testing.assert_array_equal(
        names["encode"](inputs),
        model.input_for(signature).encode(wanted.reshape(inputs.shape), task.width, np),
    )
    readout = model.readout_for(signature)
    width = 1 if getattr(model, "output", "") == "value" else task.width
    scores = np.random.default_rng(4).normal(0.5, 0.5, (7, 2, width)).astype("float32")
    np.testing.assert_array_equal(names["decode"](scores), readout.decode(scores, task.width, np))
    if name == "csv":
        for part, codes in task.arrays().items():
            own = names["train" if part == "train" else "held_out"]
            np.testing.assert_array_equal(own, codes)


EARLY = {"training.patience": 1, "training.validate_every": 2, "training.epochs": 6}
PATIENT = {
    "patient": ("window", EARLY),
    "patient-rows": (
        "mistake",
        {
            **EARLY,
            "framing.rows": "aligned",
            "training.sequences": 6,
            "training.reset_state": "never",
        },
    ),
}
"""Training that stops early, with state that is carried."""


@pytest.mark.parametrize("name", [*SHELF.ORDER, *PATIENT])
def test_every_script_is_formatted_and_holds_no_data(weather, name, tmp_path):
    ruff = shutil.which("ruff") or shutil.which("ruff", path=str(Path(sys.executable).parent))
    recipe, settings = PATIENT.get(name, (name, CSV if name == "csv" else {}))
    experiment = settled(recipe, None, settings)
    for fit in (False, True):
        text = write_script(experiment, title="A title", about="Why.", echospan=fit).text()
        compile(text, name, "exec")
        assert ("import echospan" in text) == (fit and name != "encode")
        assert max(map(len, text.splitlines())) <= 88
        assert len(text.splitlines()) < 220
        if ruff is not None:
            (tmp_path / f"{fit}.py").write_text(text, "utf-8")
    if ruff is not None:
        line = [ruff, "format", "--isolated", "--check", str(tmp_path)]
        assert subprocess.run(line, capture_output=True).returncode == 0


def test_a_notebook_has_the_same_code_and_with_it_that_of_fit():
    nbformat = pytest.importorskip("nbformat")
    experiment = settled("window")
    plain = write_script(experiment, title="Window", about="Why.")
    both = write_script(experiment, title="Window", about="Why.", echospan=True)
    made = notebook(plain, both.with_fit)
    read = nbformat.reads(made, as_version=4)
    nbformat.validate(read)
    code = [cell.source for cell in read.cells if cell.cell_type == "code"]
    assert code[: len(plain.sections)] == [section.code for section in plain.sections]
    assert "echospan.fit" in "\n".join(code[len(plain.sections) :])
    assert "echospan" not in json.dumps(json.loads(notebook(plain)))


def test_what_cannot_be_written_is_refused_in_one_sentence():
    class Backwards(Echo):
        """Its targets would be another task's."""

        kind: Literal["backwards"] = "backwards"  # type: ignore[assignment]

    for settings, field in (
        ({"task": Backwards()}, "task.kind"),
        ({"model.kind": "mamba"}, "model.kind"),
    ):
        with pytest.raises(ConfigError, match="can be written as a script") as caught:
            write_script(find("stream").settle(settings))
        assert caught.value.field == field


RUN = """
import contextlib, io, pathlib
for path in sorted(pathlib.Path().glob("*.py")):
    if path.stem.removeprefix("my-") in {names!r}:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(path.read_text("utf-8"), path.stem, "exec"), {{"__name__": "__main__"}})
        print(path.stem.removeprefix("my-"), *said.getvalue().splitlines()[-1].split())
"""


def accuracies(scripts, folder, hidden):
    """The last line of each script, run where those packages can't be found."""
    for name, text in scripts.items():
        (folder / f"my-{name}.py").write_text(text, "utf-8")
    done = without(hidden, RUN.format(names=set(scripts)), folder)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [(name, word) for name, word, _ in lines] == [
        (each, "accuracy") for each in sorted(scripts)
    ]
    return {name: float(share) for name, _, share in lines}


ALONE = (
    "echospan",
    "sklearn",
    "torch",
    "tensorflow",
    *(set(HEAVY) - {"jax", "jaxlib", "keras"} - {"scipy"}),
)
"""Hidden from a script: all but Keras and JAX, and SciPy, which JAX needs."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["window", "stream"])
def test_a_script_reaches_the_accuracy_of_its_recipe(name, tmp_path):
    experiment = settled(name)
    with echospan.Store(tmp_path / "runs") as store:
        from runner.helpers import run

        wanted = run(store, name, {}, variants=False)["accuracy"]
    reached = accuracies({name: write_script(experiment).text()}, tmp_path, ALONE)[name]
    assert wanted > 0.99
    assert reached == pytest.approx(wanted, abs=0.01)


SMALL = {"task.symbols": 5, "model.units": 16, "training.learning_rate": 0.01}
QUICK = {
    "encode": {},
    "mistake": {**SMALL, "training.epochs": 60},
    "masked": {**SMALL, "training.epochs": 150},
    "prefix": {**SMALL, "training.epochs": 200},
    "lags": {**SMALL, "training.epochs": 300},
    "encoder-decoder": {**SMALL, "model.units": 32, "training.epochs": 400, "task.length": 4},
    "mlp": {**SMALL, "training.epochs": 150},
    "embedding": {**SMALL, "task.symbols": 20, "training.epochs": 200},
    "regression": {**SMALL, "task.symbols": 4, "training.epochs": 400},
    "csv": {**CSV, "model.units": 16, "training.epochs": 100},
}


@pytest.mark.slow
def test_scripts_of_every_kind_reach_the_accuracy_of_their_recipes(weather, tmp_path):
    from runner.helpers import run

    scripts = {
        name: write_script(settled(name, None, settings)).text() for name, settings in QUICK.items()
    }
    reached = accuracies(scripts, tmp_path, ALONE)
    unsolved = {name for name, share in reached.items() if share < 0.97}
    # What comes near the ceiling solves the recipe; the others stop where the recipe does.
    assert unsolved <= {"mistake", "masked", "regression", "csv", "prefix"}
    with echospan.Store(tmp_path / "runs") as store:
        for name in sorted({*unsolved, "mistake"}):
            wanted = run(store, name, QUICK[name], variants=False)["accuracy"]
            assert reached[name] == pytest.approx(wanted, abs=0.06), name
    assert reached["mistake"] < 0.35


@pytest.mark.slow
def test_the_scripts_for_fit_reach_the_same(tmp_path):
    small = {**SMALL, "training.epochs": 200}
    scripts = {
        name: write_script(settled(name, None, small), echospan=True).text()
        for name in ("window", "stream", "mlp")
    }
    for name, (recipe, settings) in PATIENT.items():
        for fit in (False, True):
            text = write_script(settled(recipe, None, settings), echospan=fit).text()
            scripts[f"{name}-{fit}".lower()] = text
    reached = accuracies(scripts, tmp_path, ())
    assert min(reached[name] for name in ("window", "stream", "mlp")) > 0.95
    assert len(reached) == 7
