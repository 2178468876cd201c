"""One check for every framework: its arguments, and the form of its report."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import echospan
from adapters.models import jax_leaky
from doctor.bench.parts import windows
from echospan.doctor.catalogue import Entry, _registered, catalogue, register
from echospan.doctor.finding import find
from echospan.errors import ConfigError, DataError

SERIES = np.random.default_rng(0).normal(size=80)
X, Y = windows(SERIES, 5)[5:], SERIES[4:-6, None]
"""The targets are the value 6 steps before the newest of each window of 5."""
X, Y = X[: len(Y)], Y[: len(X)]


def scan_pair():
    """A simple recurrent network as two functions, which answers after the last step."""

    def init(key):
        one, two = jax.random.split(key)
        return {"inner": jax.random.normal(one, (8, 8)) / 3, "out": jax.random.normal(two, (8, 1))}

    def apply(params, x):
        state = jnp.zeros((x.shape[0], 8), x.dtype)
        for step in range(x.shape[1]):
            state = jnp.tanh(state @ params["inner"] + x[:, step])
        return state @ params["out"]

    return init, apply


def recurrent():
    model = keras.Sequential(
        [keras.Input((5, 1)), keras.layers.SimpleRNN(4), keras.layers.Dense(1)]
    )
    model.compile(loss="mse")
    return model


@pytest.fixture(scope="module")
def of_jax():
    return echospan.check(scan_pair(), X, Y, batch_size=8)


def test_a_pair_of_jax_functions_is_checked(of_jax):
    assert of_jax.codes == ("lag-outside-window",)
    assert of_jax.needs_lag.lag == 5
    assert [lag.lag for lag in of_jax.reach if lag.gradient] == [0, 1, 2, 3, 4]
    assert of_jax.skipped == ()
    assert "in double precision" in of_jax.looked[-1]
    assert of_jax.versions["backend"] == "jax"


def test_a_pair_that_hands_state_on_is_replayed():
    x = SERIES[1:, None, None]
    report = echospan.check(jax_leaky(), x, SERIES[:-1, None, None], batch_size=1)
    assert report.codes[0] == "lag-outside-window"
    kept = echospan.check(
        jax_leaky(), x, SERIES[:-1, None, None], batch_size=1, reset_state="epoch"
    )
    assert [lag.lag for lag in kept.reach if lag.forward][:3] == [0, 1, 2]
    assert kept.codes == ("gradient-cut",)


def test_the_reports_of_two_frameworks_have_one_form(of_jax):
    of_keras = echospan.check(recurrent(), X, Y, batch_size=8)
    assert of_keras.codes == of_jax.codes
    one, other = of_keras.to_dict(), of_jax.to_dict()
    assert one.keys() == other.keys()
    assert one["findings"][0]["evidence"].keys() == other["findings"][0]["evidence"].keys()
    assert one["call"] == {
        "framework": "keras",
        "batch_size": 8,
        "shuffle": True,
        "reset_state": "never",
        "trainer": "keras",
    }
    assert other["call"] == {
        "framework": "jax",
        "batch_size": 8,
        "shuffle": False,
        "reset_state": "batch",
    }


def test_arguments_of_fit_are_taken_and_listed():
    report = echospan.check(
        recurrent(), X, Y, batch_size=8, epochs=20, verbose=0, trainer="echospan"
    )
    assert report.unused == ("verbose",)
    assert report.to_dict()["unused"] == ["verbose"]
    assert report.call["reset_state"] == "epoch"


@pytest.mark.parametrize(
    ("model", "settings", "says"),
    [
        ("keras", {"batch_first": True}, "batch_first must be left out for a Keras model"),
        ("keras", {"loss": "mse"}, "loss must be left out for a model that is compiled"),
        ("keras", {"epoch": 3}, "epoch must be left out: neither check nor fit"),
        ("keras", {"optimizer": "adam"}, "optimizer must be left out for a Keras model"),
        ("keras", {"epochs": 0}, "epochs must be an integer of at least 1"),
        ("jax", {"batch_first": False}, "batch_first must be left out for a pair"),
        ("jax", {"trainer": "keras"}, "trainer must be left out for a pair"),
        ("jax", {"validation_split": 0.1}, "validation_split must be left out"),
        ("jax", {"epochs": 3}, "epochs must be left out for a pair.*belongs to Keras's fit"),
        ("jax", {"bathc_size": 3}, "neither check nor fit"),
    ],
)
def test_an_argument_of_another_framework_is_named(model, settings, says):
    made = recurrent() if model == "keras" else scan_pair()
    with pytest.raises(ConfigError, match=says):
        echospan.check(made, X, Y, **settings)


def test_a_pair_needs_targets_and_numbers():
    with pytest.raises(ConfigError, match="y must be the targets"):
        echospan.check(scan_pair(), X)
    with pytest.raises(DataError, match="not finite"):
        echospan.check(scan_pair(), np.full((4, 5, 1), np.nan), np.zeros((4, 1)))


def test_a_finding_of_another_package_is_probed_for():
    entry = Entry(**{**catalogue()["no-signal"].to_dict(), "code": "too-loud", "rank": 305})

    def probe(examination):
        loudest = max(float(np.abs(each.values).max()) for each in examination.data.sources)
        if loudest < 10:
            return []
        return [find("too-loud", f"An input holds {loudest:g}.", remedy="x = x / 10")]

    register(entry, probe)
    try:
        report = echospan.check(scan_pair(), 100 * X, Y, batch_size=8)
        assert "too-loud" in report.codes
        assert "too-loud" not in echospan.check(scan_pair(), X, Y, batch_size=8).codes
    finally:
        _registered.clear()


def test_remedies_are_in_the_frameworks_own_words():
    init, _ = scan_pair()

    def mixes(params, x):
        return (x[:, -1] + x[::-1, -1]) @ params["out"][:1]

    report = echospan.check((init, mixes), X, Y, batch_size=8)
    mixed = report.findings[report.codes.index("rows-mixed")]
    assert mixed.remedy == "x = jnp.swapaxes(x, 0, 1)  # not reshape"


def test_a_probe_that_raises_is_told_and_the_others_go_on(monkeypatch):
    torch = pytest.importorskip("torch")

    from echospan.doctor import check as module

    def broken(examination):
        raise IndexError("index out of range in self")

    monkeypatch.setattr(module, "PROBES", (broken, *module.PROBES))
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(5, 1), torch.nn.ReLU())
    x = torch.randn(64, 5, 1)
    report = echospan.check(model, x, x[:, 0] - 9)
    assert "target-out-of-range" in report.codes
    (told,) = [skip for skip in report.skipped if "broken" in skip]
    assert "failed with IndexError: index out of range in self" in told
