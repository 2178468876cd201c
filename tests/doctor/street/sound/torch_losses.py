"""Losses of one's own and half precision with torch: adversaries, several heads, autocast."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import classes
from doctor.street.sound.values import many, pulses, seasonal, windows


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
    return {"model": Half(), **classes(seed=5)}


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
