"""Signals with torch: convolutions, cells, films, adversaries, half precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from doctor.street.sound.case import sound
from doctor.street.sound.values import many, pulses, seasonal, windows


def _classes(**settings: Any) -> dict:
    x, y = pulses(**settings)
    given = {"x": x, "y": y.astype("int64"), "batch_size": 32, "shuffle": True}
    return given | {"loss": nn.CrossEntropyLoss()}


class Temporal(nn.Module):
    """Causal dilated blocks with weight norm; answer from the last step."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            weight_norm(nn.Conv1d(features if rate == 1 else 12, 12, 3, dilation=rate))
            for rate in (1, 2, 4)
        )
        self.short = nn.Conv1d(features, 12, 1)
        self.drop, self.out = nn.Dropout(0.05), nn.Linear(12, outputs)

    def forward(self, x: Any) -> Any:
        hidden = x.transpose(1, 2)
        for number, conv in enumerate(self.convs):
            late = nn.functional.pad(hidden, (2 * conv.dilation[0], 0))
            short = self.short(hidden) if number == 0 else hidden
            hidden = torch.relu(self.drop(torch.relu(conv(late))) + short)
        return self.out(hidden[..., -1])


@sound("check_torch", epochs=40, rate=0.005)
def tcn_adding() -> dict:
    """locuslab/TCN TCN/adding_problem: two of the values are marked, their sum is asked."""
    rng = np.random.default_rng(0)
    value, mark = rng.random((400, 12)), np.zeros((400, 12))
    for row in mark:
        row[rng.choice(12, 2, replace=False)] = 1
    x = np.stack([value, mark], -1).astype("float32")
    y = (value * mark).sum(1, keepdims=True).astype("float32")
    model = Temporal(2, 1)
    return {"model": model, "x": x, "y": y, "batch_size": 32, "loss": nn.MSELoss()}


@sound("check_torch", rate=0.005)
def tcn_classes() -> dict:
    """locuslab/TCN TCN/mnist_pixel's kind: class from the last step."""
    return {"model": Temporal(1, 2), **_classes(seed=1)}


class Normed(nn.Module):
    """Convolutions with BatchNorm and Dropout, mean over time."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 12, 7, padding=3),
            nn.BatchNorm1d(12),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Conv1d(12, 12, 5, padding=2),
            nn.BatchNorm1d(12),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
        )
        self.out = nn.Linear(12, 3)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x.transpose(1, 2)).squeeze(-1))


@sound("check_torch", rate=0.005)
def full_convolution() -> dict:
    """timeseriesAI/tsai FCN, arXiv 1611.06455: BatchNorm and Dropout, as they are in training
    only."""
    return {"model": Normed(), **_classes(classes=3, seed=2)}


class Waveform(nn.Module):
    """Raw sound as one channel (batch, 1, time)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 12, 8, stride=2), nn.BatchNorm1d(12), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(12, 12, 3), nn.BatchNorm1d(12), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Linear(12, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x).mean(-1)).log_softmax(-1)


@sound("check_torch", rate=0.005)
def waveform() -> dict:
    """pytorch/tutorials
    intermediate_source/speech_command_classification_with_torchaudio_tutorial.py: M5, channel
    first, (samples, 1, time)."""
    given = _classes(steps=64, seed=3)
    given |= {"x": given["x"].swapaxes(1, 2).copy(), "loss": nn.NLLLoss()}
    return {"model": Waveform(), **given}


class Rows(nn.Module):
    """The rows of a picture are the steps of an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.norm, self.drop = nn.BatchNorm1d(24), nn.Dropout(0.2)
        self.first, self.out = nn.Linear(24, 16), nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        last = self.norm(self.lstm(x)[0][:, -1])
        return self.out(self.drop(torch.relu(self.first(last)))).log_softmax(-1)


@sound("check_torch", rate=0.005)
def picture_rows() -> dict:
    """pytorch/examples mnist_rnn/main.py: LSTM, BatchNorm1d, dropout, log-probabilities."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 400)
    x = rng.random((400, 8, 8)) * 0.4
    for picture, kind in zip(x, y, strict=True):
        picture[kind * 2 if kind < 2 else 7, :] += kind % 2 + 0.5
        picture[:, kind] += 1
    given = {"x": x.astype("float32"), "y": y, "batch_size": 32, "loss": nn.NLLLoss()}
    return {"model": Rows(), **given}


class Film(nn.Module):
    """A convolutional LSTM cell over frames; the next frame at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.gates, self.out = nn.Conv2d(1 + 8, 32, 3, padding=1), nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x: Any) -> Any:
        hidden = cell = x.new_zeros(len(x), 8, *x.shape[-2:])
        answers = []
        for frame in x.unbind(1):
            i, f, o, g = self.gates(torch.cat([frame, hidden], 1)).chunk(4, 1)
            cell = torch.sigmoid(f + 1) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            answers.append(self.out(hidden))
        return torch.stack(answers, 1)


@sound("check_torch", epochs=25, rate=0.02)
def convolutional_lstm() -> dict:
    """ndrplz/ConvLSTM_pytorch, arXiv 1506.04214: (samples, time, 1, height, width)."""
    rng = np.random.default_rng(0)
    films = np.zeros((96, 7, 1, 6, 6), "float32")
    starts = zip(films, rng.integers(0, 2, 96), rng.integers(0, 6, (96, 2)), strict=True)
    for film, way, (row, column) in starts:
        for step in range(7):
            film[step, 0, (row + way * step) % 6, (column + (1 - way) * step) % 6] = 1
    x, y = films[:, :-1], films[:, 1:]
    loss = nn.BCEWithLogitsLoss()
    return {"model": Film(), "x": x, "y": y, "batch_size": 16, "loss": loss}


class Convolved(nn.Module):
    """A convolution over time, then a GRU with the time axis first."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gru = nn.Conv1d(3, 12, 3, padding=1), nn.GRU(12, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        steps = torch.relu(self.conv(x.permute(1, 2, 0))).permute(2, 0, 1)
        return self.out(self.gru(steps)[0][-1])


@sound("check_torch")
def time_first() -> dict:
    """discuss.pytorch.org, convolution and GRU with (time, batch, features), permuted rightly."""
    x, y = windows(many(330, 3), 16, 1)
    given = {"x": x, "y": y[:, 0, :1], "batch_size": 32, "batch_first": False}
    return {"model": Convolved(), **given, "loss": nn.MSELoss()}


class Judge(nn.Module):
    """A recurrent judge of real against made-up windows, with spectral norm."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 16, batch_first=True)
        self.out = spectral_norm(nn.Linear(16, 1))

    def forward(self, x: Any) -> Any:
        return self.out(self.gru(x)[0][:, -1])


@sound("check_torch")
def adversary() -> dict:
    """pytorch/examples dcgan/main.py over windows: the discriminator's half, real against made
    up."""
    rng = np.random.default_rng(0)
    real, _ = windows(seasonal(220, 12), 16, 1)
    made = rng.normal(size=real.shape) * real.std()
    x = np.concatenate([real, made]).astype("float32")
    y = np.repeat([1.0, 0.0], len(real))[:, None].astype("float32")
    order = rng.permutation(len(x))
    loss = nn.BCEWithLogitsLoss()
    return {"model": Judge(), "x": x[order], "y": y[order], "batch_size": 32, "loss": loss}


class Half(nn.Module):
    """Convolution under autocast, in bfloat16."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv1d(1, 16, 5), nn.Linear(16, 2)

    def forward(self, x: Any) -> Any:
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            hidden = torch.relu(self.conv(x.transpose(1, 2))).amax(-1)
        return self.out(hidden.to(self.out.weight.dtype))


@sound("check_torch", rate=0.005)
def autocast() -> dict:
    """pytorch/tutorials recipes/amp_recipe.py: autocast inside forward, output in full
    precision."""
    return {"model": Half(), **_classes(seed=5)}


class Both(nn.Module):
    """Two heads on one GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, 16, batch_first=True)
        self.value, self.rise = nn.Linear(16, 1), nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        last = self.gru(x)[0][:, -1]
        return self.value(last), self.rise(last)


def _two_losses(outputs: Any, targets: Any) -> Any:
    rise = nn.functional.binary_cross_entropy_with_logits(outputs[1], targets[1])
    return nn.functional.mse_loss(outputs[0], targets[0]) + rise


def _constant(y: Any) -> float:
    share = float(np.mean(y[1]))
    return float(np.var(y[0]) - share * np.log(share) - (1 - share) * np.log(1 - share))


@sound("check_torch", loss=_two_losses, constant=_constant)
def value_and_rise() -> dict:
    """discuss.pytorch.org 49447, two heads and a summed loss: the next value, and whether it
    rises."""
    x, y = windows(many(330, 2), 16, 1)
    value = y[:, 0, :1]
    rise = (value > x[:, -1, :1]).astype("float32")
    return {"model": Both(), "x": x, "y": (value, rise), "batch_size": 32, "shuffle": True}


class Reversed(torch.autograd.Function):
    """Hands values on and turns gradients round."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return -gradient


class Adversarial(nn.Module):
    """A class that is learned, and a recording device that must not be told from it."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 16, batch_first=True)
        self.kind, self.device = nn.Linear(16, 1), nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        last = self.gru(x)[1][0]
        return self.kind(last), self.device(Reversed.apply(last))


def _adversarial(outputs: Any, targets: Any) -> Any:
    score = nn.functional.binary_cross_entropy_with_logits
    return score(outputs[0], targets[0]) + 0.1 * score(outputs[1], targets[1])


@sound("check_torch", loss=_adversarial, constant=lambda y: 1.1 * float(np.log(2)), epochs=25)
def gradient_reversal() -> dict:
    """fungtion/DANN, arXiv 1505.07818: two losses against each other through a layer that turns the
    gradient round, as in a GAN."""
    x, kind = pulses(seed=6)
    device = np.random.default_rng(1).integers(0, 2, (300, 1)).astype("float32")
    x = x * (1 + 0.3 * device[..., None])
    y = (kind[:, None].astype("float32"), device)
    return {"model": Adversarial(), "x": x.astype("float32"), "y": y, "batch_size": 32}


class StateSpace(nn.Module):
    """A diagonal linear recurrence, computed by powers of its rates."""

    def __init__(self) -> None:
        super().__init__()
        self.rates = nn.Parameter(torch.linspace(-1.0, 4.0, 16))
        self.read, self.write = nn.Linear(1, 16), nn.Linear(16, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        kept, steps = torch.sigmoid(self.rates), torch.arange(x.shape[1], device=x.device)
        late = (steps[:, None] - steps).clamp(min=0)
        kernel = kept ** late[..., None] * (steps[:, None] >= steps)[..., None]
        state = torch.einsum("tsw,bsw->btw", kernel.to(x.dtype), self.read(x))
        return self.out(torch.tanh(self.write(state)))


@sound("check_torch")
def state_space() -> dict:
    """state-spaces/s4, S4D in its convolutional form: the next value at each step."""
    x, _ = windows(seasonal(330, 14), 25, 1)
    given = {"x": x[:, :-1], "y": x[:, 1:], "batch_size": 32, "shuffle": True}
    return {"model": StateSpace(), **given, "loss": nn.MSELoss()}
