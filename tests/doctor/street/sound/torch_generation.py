"""Sequences out of sequences with torch: language models, translation, reconstruction, CTC."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import EachStep
from doctor.street.sound.values import cyclic, pulses, seasonal, windows


class Language(nn.Module):
    """Embedding, LSTM over (time, batch), words; the state is handed in and out."""

    def __init__(self, words: int = 8, width: int = 16, *, tied: bool, flat: bool) -> None:
        super().__init__()
        self.drop, self.flat = nn.Dropout(0.1), flat
        self.encoder, self.lstm = nn.Embedding(words, width), nn.LSTM(width, width, 2, dropout=0.1)
        self.decoder = nn.Linear(width, words)
        if tied:
            self.decoder.weight = self.encoder.weight

    def forward(self, x: Any, hidden: Any = None) -> Any:
        outputs, hidden = self.lstm(self.drop(self.encoder(x)), hidden)
        decoded = self.decoder(self.drop(outputs)).log_softmax(-1)
        return (decoded.view(-1, decoded.shape[-1]) if self.flat else decoded), hidden


def _rows(rows: int = 8, pieces: int = 40, steps: int = 10) -> dict:
    """A text cut into rows side by side; piece k of all rows is batch k. (samples, time)."""
    text = cyclic(rows, pieces * steps + 1)
    cut = [
        np.concatenate([part[:, at : at + steps] for at in range(0, pieces * steps, steps)])
        for part in (text[:, :-1], text[:, 1:])
    ]
    return {
        "x": cut[0],
        "y": cut[1],
        "batch_size": rows,
        "shuffle": False,
        "reset_state": "epoch",
        "batch_first": False,
    }


@sound("check_torch", states=True, epochs=15)
def word_language_model() -> dict:
    """pytorch/examples word_language_model: batchified columns, pieces of bptt steps, (time,
    batch), state detached and handed on."""
    return {"model": Language(tied=False, flat=False), **_rows(), "loss": EachStep()}


@sound("check_torch", states=True, epochs=15, loss=EachStep())
def word_language_model_flat() -> dict:
    """pytorch/examples word_language_model/model.py as it stands: outputs flattened to (time x
    batch, words), decoder tied to the encoder."""
    return {"model": Language(tied=True, flat=True), **_rows()}


class Letters(nn.Module):
    """A category beside the letters so far; the next letter at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(8 + 3, 24, batch_first=True), nn.Linear(24, 8)

    def forward(self, category: Any, letters: Any) -> Any:
        wide = category[:, None].expand(-1, letters.shape[1], -1)
        return self.out(self.gru(torch.cat([wide, letters], 2))[0])


@sound("check_torch", epochs=10)
def names_of_a_category() -> dict:
    """pytorch/tutorials intermediate_source/char_rnn_generation_tutorial.py, in batches:
    category and one-hot letters in, next letters out."""
    kind = np.random.default_rng(0).integers(0, 3, 300)
    text = np.zeros((300, 11), int)
    text[:, 0] = np.random.default_rng(1).integers(0, 8, 300)
    for step in range(10):
        text[:, step + 1] = (text[:, step] + 1 + kind) % 8
    x = (np.eye(3, dtype="float32")[kind], np.eye(8, dtype="float32")[text[:, :-1]])
    return {"model": Letters(), "x": x, "y": text[:, 1:], "batch_size": 16, "loss": EachStep()}


def _pairs() -> dict:
    rng = np.random.default_rng(0)
    source = rng.integers(3, 9, (400, 5))
    answer = source[:, ::-1]
    given = np.concatenate([np.ones((400, 1), int), answer], 1)
    asked = np.concatenate([answer, np.full((400, 1), 2)], 1)
    return {"x": (source, given), "y": asked, "batch_size": 32, "loss": EachStep()}


class Translation(nn.Module):
    """GRU encoder, GRU decoder with additive attention step by step, teacher forced."""

    def __init__(self, words: int = 9, width: int = 20) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(words, width), nn.Embedding(words, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.decoder = nn.GRU(2 * width, width, batch_first=True)
        self.query, self.key, self.score = (nn.Linear(width, n) for n in (width, width, 1))
        self.out = nn.Linear(width, words)

    def forward(self, source: Any, given: Any) -> Any:
        keys, hidden = self.encoder(self.source(source))
        answers = []
        for step in range(given.shape[1]):
            word = torch.relu(self.target(given[:, step : step + 1]))
            score = self.score(torch.tanh(self.query(hidden[0])[:, None] + self.key(keys)))
            context = (score.softmax(1) * keys).sum(1, keepdim=True)
            output, hidden = self.decoder(torch.cat([word, context], 2), hidden)
            answers.append(self.out(output))
        return torch.cat(answers, 1).log_softmax(-1)


@sound("check_torch", epochs=20)
def attention_translation() -> dict:
    """pytorch/tutorials intermediate_source/seq2seq_translation_tutorial.py: Bahdanau attention,
    the answer one step late as the decoder's input."""
    return {"model": Translation(), **_pairs()}


class Simple(nn.Module):
    """The encoder's last state starts the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(9, 12), nn.Embedding(9, 12)
        self.encoder = nn.LSTM(12, 24, batch_first=True)
        self.decoder = nn.LSTM(12, 24, batch_first=True)
        self.out = nn.Linear(24, 9)

    def forward(self, source: Any, given: Any) -> Any:
        state = self.encoder(self.source(source))[1]
        return self.out(self.decoder(self.target(given), state)[0])


@sound("check_torch", epochs=20)
def plain_translation() -> dict:
    """bentrevett/pytorch-seq2seq notebook 1: LSTM encoder, LSTM decoder."""
    return {"model": Simple(), **_pairs()}


class Sampling(nn.Module):
    """Forecasts step by step; in training sees the truth's last value at random."""

    def __init__(self, ahead: int = 8) -> None:
        super().__init__()
        self.ahead, self.encoder = ahead, nn.GRU(1, 16, batch_first=True)
        self.cell, self.out = nn.GRUCell(1, 16), nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        state, value = self.encoder(x)[1][0], x[:, -1]
        answers = []
        for _ in range(self.ahead):
            if self.training:
                value = value + 0.02 * torch.randn_like(value)
            state = self.cell(value, state)
            value = value + self.out(state)
            answers.append(value)
        return torch.stack(answers, 1)


@sound("check_torch")
def noisy_feedback() -> dict:
    """arXiv 1506.03099's aim in a forecaster: its own answers come back, with noise in training
    only."""
    x, y = windows(seasonal(330, 14), 16, 8)
    given = {"x": x, "y": y, "batch_size": 32, "shuffle": True, "loss": nn.MSELoss()}
    return {"model": Sampling(), **given}


class Squeezed(nn.Module):
    """LSTM encoder, the code at each step of the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(1, 16, batch_first=True)
        self.decoder = nn.LSTM(16, 16, batch_first=True)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        code = self.encoder(x)[1][0][-1]
        return self.out(self.decoder(code[:, None].expand(-1, x.shape[1], -1))[0])


@sound("check_torch", epochs=30)
def recurrent_autoencoder() -> dict:
    """curiousily.com time-series anomaly detection with torch: code of the window, repeated,
    decoded; the target is the input."""
    x, _ = windows(seasonal(330, 12, 0.05), 12, 1)
    return {"model": Squeezed(), "x": x, "y": x, "batch_size": 32, "loss": nn.MSELoss()}


class Variational(nn.Module):
    """Code drawn at random in training, its mean otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.mean = nn.Linear(16, 32), nn.Linear(32, 6)
        self.spread, self.write = nn.Linear(32, 6), nn.Linear(6, 32)
        self.out = nn.Linear(32, 16)

    def forward(self, x: Any) -> Any:
        hidden = torch.relu(self.read(x.flatten(1)))
        mean, spread = self.mean(hidden), self.spread(hidden)
        if self.training:
            mean = mean + 0.1 * torch.randn_like(mean) * torch.exp(0.5 * spread)
        return self.out(torch.relu(self.write(mean))).view_as(x)


@sound("check_torch")
def variational_torch() -> dict:
    """pytorch/examples vae/main.py over windows, the reparameterised draw in training only."""
    x, _ = pulses(300, 16)
    return {"model": Variational(), "x": x, "y": x, "batch_size": 32, "loss": nn.MSELoss()}


class Frames(nn.Module):
    """Bidirectional LSTM over frames, log-probabilities of letters and blank."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 12, batch_first=True, bidirectional=True)
        self.out = nn.Linear(24, 4)

    def forward(self, x: Any) -> Any:
        return self.out(self.lstm(x)[0]).log_softmax(-1)


def _ctc(outputs: Any, targets: Any) -> Any:
    rows, steps = outputs.shape[:2]
    lengths = torch.full((rows,), steps), torch.full((rows,), targets.shape[1])
    return nn.functional.ctc_loss(outputs.transpose(0, 1), targets, *lengths)


@sound("check_torch", loss=_ctc, constant=lambda y: float(np.log(3)), epochs=25)
def frames_to_letters() -> dict:
    """SeanNaren/deepspeech.pytorch and docs.pytorch.org nn.CTCLoss: 20 frames, 3 letters. The
    loss is per letter; of 3 kinds that are as frequent, no constant answer gets below log 3."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, 4, (300, 3))
    x = 0.2 * rng.normal(size=(300, 20, 4)).astype("float32")
    for row, letters in enumerate(y):
        for place, letter in enumerate(letters):
            start = 6 * place + rng.integers(0, 4)
            x[row, start : start + 3, letter] += 1
    return {"model": Frames(), "x": x, "y": y, "batch_size": 32}
