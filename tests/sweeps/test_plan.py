import pytest

from echospan.errors import ConfigError, DataError, OutOfMemory
from echospan.experiment import Experiment
from echospan.recipe import find
from echospan.sweeps.plan import read_plan
from sweeps.nap import NAME

pytest.importorskip("jax")
pytest.importorskip("safetensors")


def plan(table, **content):
    return read_plan({"recipe": "window", **content, "sweep": table}, trust=True)


def test_units_have_the_fingerprints_of_the_experiments_that_they_are():
    made = plan({"training.epochs": [3, 4], "training.learning_rate": [1, 0.01], "seed": [0, 7]})
    assert made.check() == 8
    for unit in made.units():
        experiment = find("window").settle(unit.settings)
        assert unit.fingerprint == experiment.fingerprint
        wanted = made.verb.wanted(unit)
        assert Experiment.from_dict(wanted.config) == experiment
        assert wanted.seed == experiment.seed


def test_units_that_differ_in_seed_rate_or_epochs_share_a_program():
    keys = [unit.key for unit in plan({"seed": [0, 1], "model.units": [4, 8]}).units()]
    assert keys[0] == keys[1] != keys[2]


def test_settings_beside_the_sweep_are_laid_over_the_recipe():
    (unit,) = plan({"seed": [1]}, training={"epochs": 5}).units()
    assert unit.settings == {"training.epochs": 5, "seed": 1}


def test_a_file_may_hold_the_experiment_itself(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[task]\nkind = "echo"\n[framing]\nkind = "stream"\n[model]\nkind = "gru"\n'
        '[sweep]\n"task.lag" = [1, 2]\n'
    )
    made = read_plan(file)
    assert (made.name, made.check()) == ("own", 2)


def test_a_recipes_file_is_looked_for_beside_the_sweeps(tmp_path):
    (tmp_path / "r.toml").write_text(
        '[task]\nkind = "echo"\n[framing]\nkind = "stream"\n[model]\nkind = "gru"\n'
    )
    (tmp_path / "s.toml").write_text('recipe = "r.toml"\n[sweep]\nseed = [0]\n')
    assert read_plan(tmp_path / "s.toml").check() == 1


def test_a_field_that_does_not_exist_is_named_once():
    with pytest.raises(ConfigError, match=r"^training.epoch must be left out.*Did you mean"):
        plan({"training.epoch": [1, 2]}).check()


def test_the_first_ten_units_that_are_refused_are_named():
    with pytest.raises(ConfigError) as refused:
        plan({"training.epochs": [5, *range(-12, 0)]}).check()
    said = str(refused.value)
    assert "got 12 of 13 that can't" in said
    assert said.count("training.epochs=-") == 10
    assert "(and 2 more)" in said


def test_a_value_that_another_setting_refuses_is_found():
    with pytest.raises(ConfigError, match=r"task\.lag=9: "):
        plan({"task.lag": [1, 9]}).check()


def test_a_unit_that_needs_too_much_memory_is_refused_with_the_estimate():
    with pytest.raises(OutOfMemory, match="of memory"):
        plan({"model.units": [90_000]}).check()


def test_more_than_a_million_units_are_asked_about():
    table = {"seed": list(range(2000)), "training.epochs": list(range(1, 601))}
    with pytest.raises(ConfigError, match=r"at most 1,000,000; got 1200000\..*--yes"):
        plan(table).check()


def test_all_excluded_is_no_sweep():
    with pytest.raises(ConfigError, match="at least one unit"):
        plan({"seed": [1], "exclude": [{"seed": 1}]}).check()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"verb": "rum"}, "verb must be one of run, span, check"),
        ({"recipe": "widnow"}, "^recipe must be one of .*Did you mean 'window'"),
        ({"recipe": 3}, "recipe must be"),
        ({"recipe": "window", "sweep": 3}, r"sweep must be a table"),
        ({"recipe": "window", "executor": 3}, "executor must be tables"),
        ({"recipe": "window", "swep": {"seed": [1]}}, r"swep.seed must be"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(content, said):
    with pytest.raises(ConfigError, match=said):
        read_plan(content).check()


def test_code_that_a_file_names_is_imported_only_when_trusted():
    content = {"verb": NAME, "number": 1, "sweep": {"seed": [0]}}
    with pytest.raises(ConfigError, match="--trust"):
        read_plan(content)
    assert read_plan(content, trust=True).check() == 1


def test_a_model_that_a_file_names_as_code_asks_for_trust():
    content = {"verb": "span", "model": "own.py:net", "sweep": {"symbols": [2]}}
    with pytest.raises(ConfigError, match="--trust"):
        read_plan(content).check()


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_plan(tmp_path / "no.toml")


def test_sheets_have_the_fingerprints_that_span_gives_them(tmp_path):
    from echospan.spans.api import span
    from echospan.store import Store

    content = {"verb": "span", "model": "last-value", "lags": [0], "seeds": 1}
    made = read_plan({**content, "sweep": {"symbols": [4, 8]}})
    first, second = made.units()
    assert first.fingerprint != second.fingerprint
    span("last-value", lags=[0], seeds=1, symbols=4, store=tmp_path)
    with Store(tmp_path) as store:
        assert [run.fingerprint for run in store.list()] == [first.fingerprint]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("symbol", 3, "symbol must be left out.*Did you mean 'symbols'"),
        ("symbols", 1, "symbols must be"),
        ("model", "lstn", "Did you mean 'lstm'"),
        ("settings.width", 3, "width"),
        ("budget", "soon", "budget must be"),
    ],
)
def test_arguments_of_span_are_looked_at(field, value, said):
    content = {"verb": "span", "model": "last-value", "sweep": {field: [value]}}
    with pytest.raises(ConfigError, match=said):
        read_plan(content).check()
