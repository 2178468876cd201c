"""Targets that stand in the input: when that is a warning, its remedy, and what training shows.

Needs torch: `make slow` installs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import echospan  # noqa: E402
from doctor.bench.decoder_cases import WORDS, pairs_of_texts, translator, writer  # noqa: E402
from doctor.bench.torch_cases import net  # noqa: E402

pytestmark = pytest.mark.slow


def wave(length: int = 320) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (np.sin(np.arange(length) / 3) + 0.1 * rng.normal(size=length)).astype("float32")


def cut(series: np.ndarray, steps: int = 8) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(series, steps)[:, :, None].copy()


def told(model: Any, x: Any, y: Any, **settings: Any) -> list[tuple[str, str]]:
    report = echospan.check(model, x, y, batch_size=16, **settings)
    return [(f.code, f.severity) for f in report.findings]


@pytest.mark.parametrize("step", [0, 4, 7])
def test_windows_of_a_series_whose_target_lies_in_them(step):
    series = wave()
    x = cut(series)
    names = {"x": x, "y": series[step : step + len(x), None].copy()}
    report = echospan.check(net("LSTM"), **names, batch_size=16)
    assert [(f.code, f.severity) for f in report.findings] == [("target-in-input", "warning")]
    exec(report.findings[0].remedy, {}, names)
    assert told(net("LSTM"), **names) == []
    # The target is now the value behind the window.
    np.testing.assert_array_equal(names["y"][:-1], names["x"][1:, -1])


def test_a_target_that_is_one_of_several_features_of_the_day():
    rng = np.random.default_rng(1)
    features = np.stack([rng.normal(size=320), wave(), rng.random(320)], 1).astype("float32")
    x = np.lib.stride_tricks.sliding_window_view(features, 6, axis=0).transpose(0, 2, 1).copy()
    model = net("GRU", features=3)
    assert told(model, x, features[5:, 1:2].copy()) == [("target-in-input", "warning")]
    assert told(model, x[:-1], features[6:, 1:2].copy()) == []


def test_what_is_no_forecast_stays_a_note():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=320).astype("float32")
    x = cut(noise)
    # A test of memory: nothing is there to be foretold.
    assert told(net("LSTM"), x, x[:, 3].copy()) == [("target-in-input", "note")]
    apart = rng.normal(size=(200, 8, 1)).astype("float32")
    assert told(net("LSTM"), apart, apart[:, 3].copy()) == [("target-in-input", "note")]
    # What repeats itself exactly lies in the window and behind it.
    tiled = np.tile(np.sin(np.arange(8) * np.pi / 4), 40).astype("float32")
    assert all(
        kind == "note" for _, kind in told(net("LSTM"), cut(tiled, 12)[:-1], tiled[12:, None])
    )


def test_symbols_with_and_without_structure():
    rng = np.random.default_rng(0)

    def severity(series: np.ndarray) -> str:
        x = np.eye(6, dtype="float32")[np.lib.stride_tricks.sliding_window_view(series, 12)]
        model = net("GRU", features=6)
        report = echospan.check(model, x, series[11:, None].copy(), batch_size=16)
        return next(f.severity for f in report.findings if f.code == "target-in-input")

    walk = rng.choice([-1, 1], 400).cumsum() % 6
    assert severity(walk) == "warning"
    assert severity(rng.integers(0, 6, 400)) == "note"


def test_autoencoders_and_taggers_are_no_decoders():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(96, 6, 1)).astype("float32")
    assert "decoder-sees-target" not in dict(told(net("GRU", every=True), x, x))
    words = rng.integers(0, WORDS, (96, 7))

    class Both(torch.nn.Module):
        """A masked language model reads in both directions."""

        def __init__(self) -> None:
            super().__init__()
            self.vectors, self.head = torch.nn.Embedding(WORDS, 8), torch.nn.Linear(16, WORDS)
            self.layer = torch.nn.GRU(8, 8, batch_first=True, bidirectional=True)

        def forward(self, x: Any) -> Any:
            return self.head(self.layer(self.vectors(x))[0])

    assert "decoder-sees-target" not in dict(told(Both(), words, words))
    assert "decoder-sees-target" in dict(told(writer(), words, words))


class WithMask(torch.nn.Module):
    """forward(input_ids, attention_mask) of an autoencoder of words."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors, self.head = torch.nn.Embedding(WORDS, 8), torch.nn.Linear(16, WORDS)
        self.layer = torch.nn.GRU(8, 8, batch_first=True, bidirectional=True)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        vectors = self.vectors(input_ids) * attention_mask[..., None]
        return self.head(self.layer(vectors)[0])


def test_a_mask_is_no_encoders_input():
    words = np.random.default_rng(0).integers(1, WORDS, (96, 7))
    x = {"input_ids": words, "attention_mask": np.ones_like(words)}
    assert "decoder-sees-target" not in dict(told(WithMask(), x, words))


def train(model: Any, given: Any, target: Any, epochs: int) -> None:
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(epochs):
        for start in range(0, len(target), 16):
            part = slice(start, start + 16)
            scores = model(*(each[part] for each in given))
            loss = torch.nn.functional.cross_entropy(scores.transpose(1, 2), target[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def test_a_decoder_that_saw_its_target_writes_nonsense():
    source, target = pairs_of_texts(256)
    names: dict[str, Any] = {"x": (source, target), "y": target, "np": np}
    report = echospan.check(translator(steps_last=False), names["x"], target, batch_size=16)
    line = next(f.remedy for f in report.findings if f.code == "decoder-sees-target")
    exec(line, names)
    assert "decoder-sees-target" not in dict(
        told(translator(steps_last=False), tuple(names["x"]), target)
    )
    right = []
    for given in (target, names["x"][1]):
        torch.manual_seed(0)
        model = translator(steps_last=False)
        tensors = [torch.tensor(np.ascontiguousarray(each)) for each in (source, given, target)]
        train(model, tensors[:2], tensors[2], 25)
        written = torch.zeros_like(tensors[2])
        with torch.no_grad():
            for step in range(written.shape[1]):
                so_far = torch.cat([torch.zeros_like(written[:, :1]), written[:, :-1]], 1)
                written[:, step] = model(tensors[0], so_far)[:, step].argmax(-1)
        right.append((written == tensors[2]).float().mean().item())
    assert right[0] < 0.2 < 0.4 < right[1]


def test_a_model_that_reads_its_target_forecasts_worse():
    series = wave()
    x = cut(series)[:-1]
    wrong, right = series[: len(x), None], series[8 : 8 + len(x), None]
    errors = []
    for wanted in (wrong, right):
        torch.manual_seed(0)
        model = net("LSTM")
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        for _ in range(80):
            loss = (model(torch.tensor(x))[0] - torch.tensor(wanted)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            forecast = model(torch.tensor(x))[0].numpy()
        errors.append(float(np.square(forecast - right).mean()))
    assert errors[1] < 0.3 * errors[0]
