from __future__ import annotations

import json
import pickle
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.errors import ConfigError, DataError
from echospan.experiment import Evaluation, Experiment, Training, apply_settings
from echospan.framings import Window
from echospan.models import LSTM
from echospan.tasks import Echo

WINDOW = {
    "task": {"kind": "echo", "lag": 1},
    "framing": {"kind": "window", "window": 5},
    "model": {"kind": "lstm", "units": 50, "stateful": True},
    "training": {"epochs": 2000, "batch_size": 5},
}


def make(**parts) -> Experiment:
    return Experiment(**{**WINDOW, **parts})


def message(attempt) -> str:
    with pytest.raises(ConfigError) as caught:
        attempt()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- settings that Hypothesis may choose from: all of them valid together ---------------------


def group(kind, **fields):
    given_fields = {name: st.none() | choice for name, choice in fields.items()}
    return st.fixed_dictionaries({"kind": st.just(kind), **given_fields}).map(
        lambda chosen: {name: value for name, value in chosen.items() if value is not None}
    )


POSITIVE = st.floats(1e-9, 10, allow_nan=False)
TASKS = group("echo", symbols=st.integers(2, 10**7), length=st.integers(25, 99), lag=st.just(2))
FRAMINGS = st.one_of(
    group("window", window=st.integers(3, 24), keep_missing=st.booleans(), force=st.booleans()),
    group("per-step", rows=st.sampled_from(["consecutive", "aligned"])),
    group("prefix"),
)
MODELS = st.one_of(
    group(
        "lstm",
        units=st.integers(1, 100_000),
        layers=st.integers(1, 16),
        masking=st.booleans(),
        dropout=st.floats(0, 0.99),
        output=st.sampled_from(["classes", "value"]),
    ),
    group("gru", embedding_size=st.integers(1, 64)).map(lambda m: {**m, "input": "embedding"}),
    group("mlp", units=st.integers(1, 100)),
    group("chance"),
)
TRAININGS = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.integers(0, 10**7),
        "sequences": st.integers(1, 100),
        "batch_size": st.integers(1, 100),
        "learning_rate": POSITIVE,
        "optimizer": st.sampled_from(["adam", "sgd", "rmsprop"]),
        "clip_norm": POSITIVE,
        "shuffle": st.booleans(),
        "patience": st.integers(1, 9),
        "validate_every": st.integers(1, 9),
    },
)
EXPERIMENTS = st.fixed_dictionaries(
    {"task": TASKS, "framing": FRAMINGS, "model": MODELS},
    optional={
        "name": st.text(max_size=8),
        "training": TRAININGS,
        "evaluation": st.fixed_dictionaries(
            {}, optional={"sequences": st.integers(200, 999), "confidence": st.floats(0.51, 0.99)}
        ),
        "seed": st.integers(0, 2**31 - 1),
    },
).map(lambda settings: Experiment(**settings))


@settings(max_examples=100, deadline=None)
@given(experiment=EXPERIMENTS)
def test_there_and_back(experiment):
    copies = [
        Experiment(**experiment.to_dict()),
        Experiment(**json.loads(json.dumps(experiment.to_dict()))),
        Experiment(**tomllib.loads(experiment.to_toml())),
        Experiment.from_json(experiment.to_json()),
        Experiment.from_toml(experiment.to_toml()),
        pickle.loads(pickle.dumps(experiment)),
        experiment.with_settings({}),
        experiment.replace(),
    ]
    for copy in copies:
        assert copy == experiment
        assert copy.fingerprint == experiment.fingerprint
        assert type(copy.model) is type(experiment.model)


@settings(max_examples=80, deadline=None)
@given(one=EXPERIMENTS, two=EXPERIMENTS)
def test_fingerprints_are_equal_where_the_settings_are(one, two):
    same = one.replace(name="x") == two.replace(name="x")
    assert (one.fingerprint == two.fingerprint) == same


CHANGES = {
    "task.symbols": 99,
    "task.length": 26,
    "task.lag": 2,
    "framing.window": 4,
    "framing.keep_missing": True,
    "framing.force": True,
    "model.units": 51,
    "model.layers": 2,
    "model.stateful": False,
    "model.masking": True,
    "model.dropout": 0.1,
    "model.input": "scaled",
    "model.output": "value",
    "training.epochs": 1999,
    "training.sequences": 2,
    "training.batch_size": 4,
    "training.learning_rate": 0.002,
    "training.optimizer": "sgd",
    "training.clip_norm": 1.0,
    "training.reset_state": "never",
    "training.patience": 3,
    "training.validate_every": 50,
    "evaluation.sequences": 300,
    "evaluation.confidence": 0.9,
    "seed": 1,
    "task.kind": "cued-echo",
    "framing.kind": "prefix",
    "model.kind": "gru",
}


def test_every_setting_moves_the_fingerprint():
    base = make()
    found = [base.with_settings({name: value}).fingerprint for name, value in CHANGES.items()]
    assert len({base.fingerprint, *found}) == len(found) + 1
    there_are = {"seed"}
    for section in ("task", "framing", "model", "training", "evaluation"):
        there_are |= {f"{section}.{name}" for name in type(getattr(base, section)).model_fields}
    # Refused beside a stateful model and beside one-hot input.
    there_are -= {"training.shuffle", "evaluation.kind", "training.kind", "model.embedding_size"}
    assert set(CHANGES) == there_are


def test_the_two_settings_that_need_another_model_move_it_too():
    stateless = make(model={"kind": "lstm", "input": "embedding"})
    changed = [
        stateless.with_settings({"training.shuffle": True}),
        stateless.with_settings({"model.embedding_size": 8}),
    ]
    assert len({stateless.fingerprint, *(other.fingerprint for other in changed)}) == 3


def test_the_name_does_not():
    assert make(name="a").fingerprint == make(name="b").fingerprint
    assert make(name="a") != make(name="b")


def test_the_fingerprint_stays_the_same_between_versions():
    """Stored runs are found by it: a change here needs a migration, and a line in CHANGELOG."""
    content = make().to_dict()
    assert len(make().fingerprint) == 16
    assert content == {
        "name": "experiment",
        "task": {"kind": "echo", "symbols": 100, "length": 25, "lag": 1},
        "framing": {"kind": "window", "window": 5, "keep_missing": False, "force": False},
        "model": {
            "kind": "lstm",
            "units": 50,
            "layers": 1,
            "stateful": True,
            "masking": False,
            "dropout": 0.0,
            "input": "one-hot",
            "output": "classes",
        },
        "training": {
            "epochs": 2000,
            "sequences": 1,
            "batch_size": 5,
            "learning_rate": 0.001,
            "optimizer": "adam",
            "shuffle": False,
            "validate_every": 100,
        },
        "evaluation": {"sequences": 200, "confidence": 0.95},
        "seed": 0,
    }


def test_finished_parts_are_taken_as_they_are():
    parts = {"task": Echo(lag=1), "framing": Window(), "model": LSTM(stateful=True)}
    experiment = Experiment(**parts, training=Training(epochs=2000, batch_size=5))
    assert experiment == make()
    assert experiment.task is parts["task"]


# --- settings laid over ------------------------------------------------------------------------


def test_dotted_settings():
    changed = make().with_settings({"task.lag": 3, "seed": 7, "name": "mine", "model.units": 20})
    assert (changed.task.lag, changed.seed, changed.name, changed.model.units) == (3, 7, "mine", 20)
    assert changed.framing == make().framing
    assert make() == make()


def test_another_kind_starts_its_part_afresh():
    changed = make().with_settings({"model.units": 20, "model.kind": "gru"})
    assert (changed.model.kind, changed.model.units, changed.model.stateful) == ("gru", 20, False)
    assert changed.task == make().task
    cued = make(task={"kind": "echo", "symbols": 7}).with_settings({"task.kind": "cued-echo"})
    assert cued.task.symbols == 10


def test_the_same_kind_again_changes_nothing():
    assert make().with_settings({"model.kind": "lstm"}) == make()


def test_a_setting_can_be_left_out_again():
    assert make().with_settings({"training.batch_size": None}).training.batch_size is None


def test_the_configuration_that_is_laid_over_stays():
    config = {"task": {"kind": "echo"}, "seed": 1}
    assert apply_settings(config, {"task.lag": 2, "seed": 3, "training.epochs": 9}) == {
        "task": {"kind": "echo", "lag": 2},
        "seed": 3,
        "training": {"epochs": 9},
    }
    assert config == {"task": {"kind": "echo"}, "seed": 1}


DOTTED = (
    "must be a dotted name such as framing.window, from the parts task, framing, model, training, "
    "evaluation, or seed; got 1."
)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("nope", DOTTED),
        ("nope.x", DOTTED),
        ("", DOTTED),
        (".", DOTTED),
        ("task", DOTTED),
        ("task.", DOTTED),
        ("training", DOTTED),
        ("seed.x", "must be written as seed=VALUE; got 1."),
        ("name.x", "must be written as name=VALUE; got 1."),
    ],
)
def test_a_name_that_is_no_settings(name, end):
    assert message(lambda: make().with_settings({name: 1})) == f"{name} {end}"
    assert message(lambda: apply_settings({}, {name: 1})) == f"{name} {end}"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("task.lags", "task.lags must be left out: task 'echo' has the settings symbols, length"),
        ("task.a.b", "task.a.b must be left out: task 'echo' has the settings"),
        ("training.epoch", "training.epoch must be left out: training has the settings epochs"),
        ("framing.rows", "framing.rows must be left out: framing 'window' has the settings window"),
    ],
)
def test_a_setting_that_the_part_does_not_have(name, start):
    assert message(lambda: make().with_settings({name: 1})).startswith(start)


def test_a_setting_of_another_kind_says_which():
    text = message(lambda: make().with_settings({"framing.rows": "aligned"}))
    assert text.endswith("got 'aligned'. 'rows' is a setting of framing kind per-step.")
    text = message(lambda: make(model={"kind": "mlp", "stateful": True}))
    assert "'stateful' is a setting of model kind lstm, gru, simple-rnn, " in text


# --- what must fit together --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"task.lag": 25}, "task.lag must be smaller than task.length (25)"),
        ({"task.lag": 5}, "framing.window must be larger than the lag (5)"),
        ({"task.symbols": 1}, "task.symbols must be greater than or equal to 2; got 1."),
        ({"task.symbols": "10"}, "task.symbols must be a valid integer; got '10'."),
        ({"task.symbols": True}, "task.symbols must be a valid integer; got True."),
        ({"task.lag": float("nan")}, "task.lag must be a valid integer; got nan."),
        ({"task.lag": 1.5}, "task.lag must be a valid integer; got 1.5."),
        ({"training.learning_rate": float("nan")}, "training.learning_rate must be a finite"),
        ({"training.learning_rate": "fast"}, "training.learning_rate must be a valid number"),
        ({"training.epochs": -1}, "training.epochs must be greater than or equal to 0; got -1."),
        ({"training.optimizer": "adm"}, "training.optimizer must be 'adam', 'sgd' or 'rmsprop'"),
        ({"evaluation.sequences": 199}, "evaluation.sequences must be greater than or equal to"),
        ({"seed": -1}, "seed must be greater than or equal to 0; got -1."),
        ({"seed": 2**31}, "seed must be less than 2147483648; got 2147483648."),
        ({"model.kind": "lstn"}, "model.kind must be one of lstm, gru, simple-rnn, "),
        ({"training.shuffle": True}, "training.shuffle must be false for a model that carries"),
        (
            {"model.stateful": False, "training.reset_state": "batch"},
            "training.reset_state must be left out: this model carries no state; got 'batch'. "
            "Set model.stateful=true",
        ),
        ({"framing.kind": "whole"}, "model.kind must be a model that gives outputs written after"),
        (
            {"model.kind": "encoder-decoder", "framing.kind": "sequence"},
            "model.kind must be a model that gives an output at every time step; "
            "got 'encoder-decoder'.",
        ),
        ({"task.kind": "recite"}, "framing.kind must be 'whole' for a recite task; got 'window'."),
    ],
)
def test_refused_when_it_is_made(changes, start):
    assert message(lambda: make().with_settings(changes)).startswith(start)


def test_an_unknown_kind_names_the_nearest():
    text = message(lambda: make(model={"kind": "lstn"}))
    assert text.endswith("got 'lstn'. Did you mean 'lstm'?")


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({"trainin": {}}, "trainin must be left out: experiment has the settings name, task"),
        ({"training": 5}, "training must be a table of settings; got 5."),
        ({"training": None}, "training must be a table of settings; got None."),
        ({"task": "echo"}, "task must be a table of settings; got 'echo'."),
        ({"task": {"lag": 1}}, "task.kind must be one of echo, cued-echo, recite, series, copy, "),
        ({"name": 3}, "name must be a valid string; got 3."),
    ],
)
def test_wrong_parts(settings, start):
    assert message(lambda: make(**settings)).startswith(start)


def test_a_missing_part():
    text = message(lambda: Experiment(task=Echo(), model=LSTM()))
    assert text == "framing must be given. It is: how sequences become samples."


def test_a_short_window_is_allowed_by_force():
    forced = make().with_settings({"task.lag": 9, "framing.force": True, "training.batch_size": 4})
    assert forced.plan().inputs.shape == (4, 4, 5)


def test_a_batch_that_does_not_divide():
    text = message(make().with_settings({"training.batch_size": 7}).plan)
    assert text.startswith("training.batch_size must be a divisor of the 20 samples of an epoch")
    assert text.endswith("got 7. Try 5.")


# --- text --------------------------------------------------------------------------------------


def test_toml_by_hand():
    text = """
    seed = 3
    [task]
    kind = "echo"
    [framing]
    kind = "window"
    [model]
    kind = "lstm"
    stateful = true
    [training]
    epochs = 2000
    batch_size = 5
    """
    assert Experiment.from_toml(text) == make(seed=3)


def test_errors_in_text():
    with pytest.raises(DataError, match=r"mine\.toml is not valid TOML: .*\(at line 1, column 7"):
        Experiment.from_toml("seed == 1", "mine.toml")
    with pytest.raises(DataError, match=r"mine\.json is not valid JSON: .*\(at line 1, column 2"):
        Experiment.from_json("{seed", "mine.json")
    with pytest.raises(ConfigError, match=r"^task must be given"):
        Experiment.from_toml("seed = 1")
    text = make().to_json().replace('"learning_rate": 0.001', '"learning_rate": NaN')
    with pytest.raises(ConfigError, match=r"^training\.learning_rate must be a finite number"):
        Experiment.from_json(text)


# --- what it says of itself ----------------------------------------------------------------------


def test_layouts_and_signature():
    experiment = make()
    assert experiment.plan().inputs.shape == (4, 5, 5)
    assert experiment.evaluation_plan().inputs.shape == (4, 5, 5)
    stateless = experiment.with_settings({"model.stateful": False, "training.sequences": 3})
    assert stateless.plan().inputs.shape == (12, 5, 5)
    assert stateless.evaluation_plan().inputs.shape == (1, 20, 5)
    assert experiment.signature().to_dict() == {
        "symbols": 100,
        "timesteps": 5,
        "outputs": "last",
        "target_steps": 25,
        "batch_size": 5,
        "features": None,
    }
    assert experiment.signature(stateless.evaluation_plan()).batch_size == 20


def test_state_returns_to_zero_each_epoch_unless_said():
    assert make().reset_state == "epoch"
    assert make().with_settings({"training.reset_state": "never"}).reset_state == "never"


def test_at_least_200_new_sequences_are_judged():
    assert Evaluation().sequences == 200
