"""Units that are reports of conform, needs, uses, diagnose and check."""

import sys
import textwrap

import numpy as np
import pytest

from echospan.errors import ConfigError, DataError, MissingExtra
from echospan.store import Store
from echospan.sweeps.api import sweep
from echospan.sweeps.plan import read_plan

pytest.importorskip("jax")
pytest.importorskip("safetensors")
pytest.importorskip("lightgbm")
pytest.importorskip("scipy")

OWN = """
import numpy as np

WEIGHTS = {1: [0.0, 0.0, 0.0, 1.0], 3: [0.0, 1.0, 0.0, 0.0]}


def arguments(lag=1):
    import keras

    series = np.random.default_rng(0).normal(size=(404, 1)).astype("float32")
    x = np.stack([series[t : t + 4] for t in range(400)])
    model = keras.Sequential(
        [keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)]
    )
    model.compile("adam", "mse")
    model.layers[-1].set_weights([np.array(WEIGHTS[lag], "float32")[:, None]])
    return {"model": model, "x": x, "y": x[:, 4 - lag]}


def without_default(lag, **others):
    return arguments(lag)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a function, and two series; not the one in which the sweep is started."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "own.py").write_text(textwrap.dedent(OWN))
    noise = np.random.default_rng(0).normal(size=400)
    walk = np.cumsum(noise)
    for name, values in (("noise", noise), ("walk", walk)):
        lines = [f"{value:.9f},{other:.9f}" for value, other in zip(values, noise, strict=True)]
        (folder / f"{name}.csv").write_text("value,other\n" + "\n".join(lines) + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return folder


def written(here, verb, lines, swept):
    """The file of a sweep, in that folder."""
    file = here / f"{verb}.toml"
    file.write_text(f'verb = "{verb}"\n{lines}\n[sweep]\n{swept}\n')
    return file


FILES = {
    "conform": ('checks = ["chunks"]', 'model = ["simple-rnn"]\nsymbols = [3, 4]'),
    "needs": ('target = "value"', 'series = ["walk.csv", "noise.csv"]\nhorizon = [1, 2]'),
    "uses": ('what = "own.py:arguments"', '"settings.lag" = [1, 3]\nseed = [0, 1]'),
    "diagnose": ('what = "own.py:arguments"', '"settings.lag" = [1, 3]\nseed = [0, 1]'),
    "check": ('what = "own.py:arguments"', '"settings.lag" = [1, 3]\nbatch_size = [8, 16]'),
}


@pytest.mark.parametrize("verb", FILES)
def test_units_differ_and_nothing_is_measured_to_find_that_out(here, verb, monkeypatch):
    made = read_plan(written(here, verb, *FILES[verb]), trust=True)
    # That a report could be made is looked at without making it.
    monkeypatch.setattr(type(made.verb), "measure", None, raising=False)
    count = len(EXPECTED[verb][1])
    assert made.check() == count
    units = list(made.units())
    assert len({unit.fingerprint for unit in units}) == count
    wanted = made.verb.wanted(units[0])
    assert wanted.recipe.startswith(f"{verb}-")
    assert made.verb.key_of(wanted.config, trust=True) == units[0].key


def test_a_default_that_is_written_out_makes_the_same_unit(here):
    plain, told = (
        read_plan(written(here, "needs", lines, 'series = ["walk.csv"]'), trust=True)
        for lines in ('target = "value"', 'target = "value"\nsplits = "blocks"\nseed = 0')
    )
    (one,), (other,) = plain.units(), told.units()
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    ("verb", "file"), [("needs", "walk.csv"), ("uses", "own.py"), ("check", "own.py")]
)
def test_a_file_that_changed_makes_another_unit(here, verb, file):
    path = written(here, verb, *FILES[verb])
    (before, *_) = read_plan(path, trust=True).units()
    (same, *_) = read_plan(path, trust=True).units()
    assert same.fingerprint == before.fingerprint
    text = (here / file).read_text()
    (here / file).write_text(
        text.replace("1.0", "2.0", 1)
        if file == "own.py"
        else text[:6] + text[6:].replace("1", "2", 1)
    )
    (after, *_) = read_plan(path, trust=True).units()
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("verb", "lines", "swept", "said"),
    [
        ("conform", "", "symbols = [3]", "model must be given"),
        ("conform", 'model = "lstm"', "symbol = [3]", "symbol must be left out.*'symbols'"),
        ("conform", 'model = "lstm"', "symbols = [1]", "symbols must be"),
        ("conform", "", 'model = ["lstn"]', "Did you mean 'lstm'"),
        ("conform", 'model = "lstm"', 'checks = [["chunk"]]', "Did you mean 'chunks'"),
        ("conform", "", 'model = ["own.py:arguments"]', "model must be no code.*--trust"),
        ("needs", "", "horizon = [1]", "series must be given"),
        ("needs", 'target = "value"', 'series = ["no.csv"]', "no.csv does not exist"),
        ("needs", 'series = "walk.csv"', 'target = ["valu"]', "valu"),
        ("needs", 'series = "walk.csv"\ntarget = "value"', "horizon = [0]", "horizon must be"),
        ("needs", 'series = "walk.csv"\ntarget = "value"', "horizon = [390]", "400 values"),
        ("uses", "seed = 0", "donors = [2]", "what must be given as FILE.py:function, or else"),
        ("uses", 'model = "a.keras"', "seed = [0]", "data must be given together with model"),
        ("uses", 'what = "own.py:arguments"', "seed = [0]", "what must be no code.*--trust"),
        ("diagnose", "", "seed = [0]", "what must be given"),
        ("check", "", "batch_size = [0]", "batch_size must be"),
    ],
)
def test_what_is_wrong_is_named_before_anything_starts(here, verb, lines, swept, said):
    with pytest.raises((ConfigError, DataError), match=said):
        sweep(written(here, verb, lines, swept), store=here / "store")
    assert not (here / "store").exists()


@pytest.mark.parametrize(
    ("lines", "swept", "said"),
    [
        ('what = "own.py:argument"', "seed = [0]", "Did you mean"),
        ('what = "own.py:arguments"', '"settings.lagg" = [1]', "settings.lagg must be left out"),
        ('what = "own.py:without_default"', "seed = [0]", "settings.lag must be given"),
        ('what = "own.py"', "seed = [0]", "written like train.py:arguments"),
    ],
)
def test_a_function_is_looked_at_and_not_called(here, lines, swept, said):
    with pytest.raises(ConfigError, match=said):
        read_plan(written(here, "diagnose", lines, swept), trust=True).check()


def test_the_first_ten_values_that_are_refused_are_named(here):
    file = written(here, "needs", 'series = "walk.csv"\ntarget = "value"', "horizon = [1, " +
                   ", ".join(str(-number) for number in range(12)) + "]")  # fmt: skip
    with pytest.raises(ConfigError) as refused:
        read_plan(file).check()
    assert "got 12 of 13 that can't" in str(refused.value)
    assert str(refused.value).count("horizon must be") == 10


EXPECTED = {
    "conform": ("verdict", ["conforms"] * 2),
    "needs": ("needs", [1, 1, 0, 0]),
    "uses": ("uses", [1, 1, 3, 3]),
    "diagnose": ("uses", [1, 1, 3, 3]),
    "check": ("ok", [True] * 4),
}


def test_what_is_not_installed_is_named_before_anything_starts(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtra, match=r"echospan\[needs\]"):
        read_plan(written(here, "needs", *FILES["needs"])).check()


@pytest.mark.slow
@pytest.mark.parametrize("verb", FILES)
def test_reports_are_swept_and_kept(here, verb):
    file, store = written(here, verb, *FILES[verb]), here / "store"
    result = sweep(file, store=store, workers=2, trust=True)
    name, values = EXPECTED[verb]
    assert [row.state for row in result.rows] == ["finished"] * len(values), result.rows
    assert [row.values[name] for row in result.rows] == values
    assert set(result.rows[0].values) == set(result.columns)
    with Store(store) as opened:
        listed = opened.list()
        assert {(run.kind, run.parent) for run in listed} == {(verb, None)}
        assert all(run.outcome for run in listed)
        assert {run.run_id for run in listed} == {row.run_id for row in result.rows}
    again = sweep(file, store=store, trust=True)
    assert (again.before, again.done) == (len(values), 0)
    assert [row.values for row in again.rows] == [row.values for row in result.rows]
    pytest.importorskip("polars")
    for suffix in ("csv", "parquet"):
        table = result.save(here / f"table.{suffix}")
        elsewhere = sweep(file, store=here / "other", trust=True, ready=table, dry_run=True)
        assert elsewhere.before == len(values)
    pytest.importorskip("matplotlib")
    assert result.figure().axes


@pytest.mark.slow
def test_a_file_that_changes_while_the_sweep_runs_fails_its_units(here):
    path = written(here, "check", *FILES["check"])
    made = read_plan(path, trust=True)
    config = made.verb.wanted(next(iter(made.units()))).config
    (here / "own.py").write_text(OWN + "\n# changed\n")
    from echospan.sweeps.verbs.check_function import CheckFunction

    with pytest.raises(DataError, match=r"own\.py was changed after the sweep looked at it"):
        CheckFunction.measured(config, lambda: False, trust=True)


@pytest.mark.slow
def test_a_function_that_ends_its_process_is_a_failed_unit(here):
    (here / "own.py").write_text("import sys\n\n\ndef arguments(code=0):\n    sys.exit(code)\n")
    file = written(here, "uses", 'what = "own.py:arguments"', '"settings.code" = [0, 1]')
    result = sweep(file, store=here / "store", workers=1, trust=True)
    assert [row.state for row in result.rows] == ["failed"] * 2
    assert "SystemExit" in result.rows[0].error
