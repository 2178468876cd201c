"""What is given to `uses`: data of every kind, and bad input in one line."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import echospan  # noqa: E402
from echospan.errors import ConfigError, DataError  # noqa: E402
from usage import models  # noqa: E402

SQUARED = torch.nn.MSELoss()


def noise(count, steps, seed=0):
    return np.random.default_rng(seed).normal(size=(count, steps, 1)).astype("float32")


def delayed(x, lag):
    return np.concatenate([np.zeros_like(x[:, :lag]), x], 1)[:, : x.shape[1]]


class Named(torch.nn.Module):
    """The newest value three steps back plus a constant of the sample."""

    def forward(self, series, level):
        return series[:, -4] + level if series.shape[1] > 3 else level


class Flat(torch.nn.Module):
    """Takes windows of 12 steps alone."""

    def __init__(self):
        super().__init__()
        self.dense = torch.nn.Linear(12, 1, bias=False)
        with torch.no_grad():
            self.dense.weight.zero_()
            self.dense.weight[0, 9] = 1.0

    def forward(self, x):
        return self.dense(x.flatten(1))


def test_one_long_sequence_is_cut_into_windows_that_overlap():
    x = noise(1, 2000)
    report = echospan.uses(models.Delay(3), x, delayed(x, 3), loss=SQUARED, windows=400, window=32)
    assert (report.uses, report.uses_interval, report.window) == (4, (4, 4), 32)
    assert report.windows == 400
    # 2000 / 32: as many that share nothing.
    assert 50 <= report.independent <= 66
    assert any("cut from 1 sequence of 2,000 steps" in note for note in report.notes)


def test_windows_over_a_series_are_found_to_overlap_in_any_order():
    series = noise(1, 700)[0]
    x = np.lib.stride_tricks.sliding_window_view(series[:, 0], 40)[:, :, None]
    y = x[:, -4]
    given = echospan.uses(models.Delay(3), x, x[:, :, :] * 0 + delayed(x, 3), loss=SQUARED,
                          stride=1)  # fmt: skip
    places = np.random.default_rng(0).permutation(len(x))
    mixed = echospan.uses(Last(), x[places], y[places], loss=SQUARED)
    assert given.independent == mixed.independent == len(x) // 40
    apart = echospan.uses(Last(), noise(661, 40), noise(661, 40)[:, -4], loss=SQUARED)
    assert apart.independent > 60


class Last(torch.nn.Module):
    def forward(self, x):
        return x[:, -4] if x.shape[1] > 3 else x[:, -1] * 0


def test_inputs_without_time_stay_as_they_are():
    x = {"series": noise(256, 20), "level": noise(256, 1)[:, 0]}
    y = x["series"][:, -4] + x["level"]
    report = echospan.uses(Named(), x, y, loss=SQUARED)
    assert report.uses == 4
    assert any(note.startswith('x["level"]: kept as given') for note in report.notes)


def test_a_model_of_one_length_is_not_restarted_unless_it_is_padded():
    x = noise(256, 12)
    report = echospan.uses(Flat(), x, x[:, 9], loss=SQUARED)
    assert (report.uses, report.by, report.warm_up) == (3, "average", None)
    assert report["restart"].uses is None
    assert report["restart"].reason
    assert "restart" not in report.curves
    assert any(note.startswith("Restart was refused") for note in report.notes)
    padded = echospan.uses(Flat(), x, x[:, 9], loss=SQUARED, padding=0.0)
    assert padded.warm_up == 3


def test_a_loss_of_your_own_and_several_steps_of_answers():
    x = noise(256, 20)
    y = np.concatenate([x[:, -2], x[:, -5]], 1)

    class Two(torch.nn.Module):
        def forward(self, x):
            past = torch.nn.functional.pad(x, (0, 0, 6, 0))
            return torch.cat([past[:, -2], past[:, -5]], 1)

    report = echospan.uses(Two(), x, y, loss=lambda out, target: (out - target).abs().mean())
    assert report.uses == 5


def test_classes_of_answers_are_measured_by_themselves():
    rng = np.random.default_rng(0)
    x = np.concatenate([noise(600, 20), rng.integers(0, 2, (600, 20, 1))], 2).astype("float32")

    class Either(torch.nn.Module):
        def forward(self, x):
            back = x[:, -6, :1] if x.shape[1] > 5 else torch.zeros(len(x), 1)
            return torch.where(x[:, -1, 1:] > 0.5, back, x[:, -1, :1])

    y = np.where(x[:, -1, 1:] > 0.5, x[:, -6, :1], x[:, -1, :1])
    labels = np.where(x[:, -1, 1] > 0.5, "far", "near")
    report = echospan.uses(Either(), x, y, loss=SQUARED, classes=labels)
    assert {each.name: each.uses for each in report.classes} == {"far": 6, "near": 1}
    assert report.uses == 6
    assert "By class of answers" in report._repr_html_()


def test_rare_symbols_are_told_from_common_ones():
    rng = np.random.default_rng(0)
    x = rng.choice(8, (600, 20), p=[0.5, 0.2, 0.1, 0.06, 0.05, 0.04, 0.03, 0.02])

    class Copies(torch.nn.Module):
        def forward(self, x):
            back = torch.nn.functional.pad(x, (2, 0))[:, : x.shape[1]]
            return 9.0 * torch.nn.functional.one_hot(back, 8).float()

    y = np.concatenate([np.zeros((600, 2), int), x], 1)[:, :20]

    def ce(out, target):
        return torch.nn.functional.cross_entropy(out.flatten(0, -2), target.flatten())

    report = echospan.uses(Copies(), x, y, loss=ce, classes="rarity")
    assert [each.name for each in report.classes] == ["common", "less common", "rare"]
    assert sum(each.windows for each in report.classes) == 600
    assert report.uses == 3


X = noise(200, 16)

BAD = {
    "untrained": (lambda: (models.Delay(3), X, noise(200, 16, 5), {}), DataError, "at chance"),
    "no loss": (
        lambda: (models.Delay(3), X, delayed(X, 3), {"loss": None}), ConfigError,
        "loss must be given as a function",
    ),
    "no targets": (lambda: (models.Delay(3), X, None, {}), ConfigError, "y must be the targets"),
    "another width": (
        lambda: (torch.nn.Sequential(torch.nn.Linear(3, 1)), X, X, {}), ConfigError,
        "model must be one that can be run on x",
    ),
    "window too long": (
        lambda: (models.Delay(3), X, delayed(X, 3), {"window": 17}), DataError,
        "window=17 is longer than the data, 16 steps",
    ),
    "a window for answers of samples": (
        lambda: (Flat(), noise(200, 12), noise(200, 12)[:, 3], {"window": 4}), ConfigError,
        "window must be left out",
    ),
    "one step": (lambda: (models.Delay(0), X[:, :1], X[:, :1], {}), DataError, "windows of one"),
    "few": (lambda: (Last(), X[:9], X[:9, -4], {}), DataError, "9 windows are"),
    "one class": (
        lambda: (models.Bag(4), np.ones((200, 8), int), np.ones(200, int),
                 {"loss": torch.nn.CrossEntropyLoss()}),
        DataError, "y holds a single class, 1",
    ),
    "one value": (lambda: (models.Delay(3), X, X * 0 + 2, {}), DataError, "a single value, 2.0"),
    "NaN answers": (
        lambda: (models.Weights([np.nan]), X, X[:, -1], {}), DataError, "hold NaN or infinity"
    ),
    "NaN losses": (
        lambda: (models.Delay(0), X, X, {"loss": lambda out, y: torch.log(out - out + y).mean()}),
        DataError, "is NaN or infinite",
    ),
    "a loss that fails": (
        lambda: (models.Delay(0), X, X, {"loss": lambda out, y: out.nothing()}), ConfigError,
        "loss must be one that takes",
    ),
    "unequal": (lambda: (models.Delay(0), X, X[:150], {}), DataError, "200 samples and y 150"),
    "no model": (lambda: ("lstm", X, X, {}), ConfigError, "model must be"),
    "margin": (lambda: (models.Delay(0), X, X, {"margin": 1.5}), ConfigError, "margin must be"),
    "donors": (lambda: (models.Delay(0), X, X, {"donors": 0}), ConfigError, "donors must be"),
    "classes": (
        lambda: (models.Delay(0), X, X, {"classes": "often"}), ConfigError, "classes must be"
    ),
    "too much overlap": (
        lambda: (models.Delay(3), *windows_of(60, 40), {"stride": 1}), DataError, "too little data"
    ),
}  # fmt: skip


def windows_of(many, steps):
    x = np.lib.stride_tricks.sliding_window_view(noise(1, many + steps)[0, :, 0], steps)[..., None]
    return x, delayed(x, 3)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name):
    make, kind, says = BAD[name]
    model, x, y, settings = make()
    with pytest.raises(kind) as caught:
        echospan.uses(model, x, y, **{"loss": SQUARED, **settings})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_model_and_the_generators_are_left_as_they_were():
    model = torch.nn.Sequential(torch.nn.Dropout(0.5))
    model.train()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    x = noise(64, 8)
    report = echospan.uses(model, x, x, loss=SQUARED)
    assert model.training
    assert torch.equal(torch.get_rng_state(), before)
    # In evaluation mode a dropout hands its input on.
    assert (report.uses, report.full_loss) == (1, 0)


def test_an_interrupt_keeps_what_was_measured():
    calls = []

    def stop():
        calls.append(1)
        return len(calls) > 30

    x = noise(512, 40)
    report = echospan.uses(models.Delay(3), x, delayed(x, 3), loss=SQUARED, stop=stop)
    assert report.stopped
    assert report.uses == 4
    assert report["shuffle"].reason == "interrupted before it was run"
    assert "Interrupted: what is not listed was not run." in " ".join(str(report).split())
