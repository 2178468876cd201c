"""Modules that take inputs by name and answer with `.logits`, as Hugging Face's do."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import echospan
from echospan.adapters.adapt import adapt, facts_of, read_data, with_own_loss

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

pytestmark = pytest.mark.slow


class Output(OrderedDict):
    """Parts by name and by attribute, and None for those that are not there."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@dataclass
class Fields:
    loss: Any
    logits: Any
    hidden: Any


Named = namedtuple("Named", "loss logits hidden")
KINDS = {
    "ordered dictionary": lambda loss, logits, hidden: Output(
        {**({} if loss is None else {"loss": loss}), "logits": logits, "hidden": hidden}
    ),
    "dataclass": Fields,
    "named tuple": Named,
    "hidden before logits": lambda loss, logits, hidden: {"hidden": hidden, "logits": logits},
}


class Classifier(nn.Module):
    """Texts to classes: the mean of what an attention layer makes of the words."""

    def __init__(self, kind: str = "ordered dictionary") -> None:
        super().__init__()
        self.made = KINDS[kind]
        self.embed, self.places = nn.Embedding(12, 16), nn.Embedding(9, 16)
        self.attend, self.head = nn.MultiheadAttention(16, 2, batch_first=True), nn.Linear(16, 3)

    def forward(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        return_dict: Any = None,
    ) -> Any:
        h = self.embed(input_ids) + self.places(torch.arange(input_ids.shape[1]))
        h = h + self.attend(h, h, h, key_padding_mask=attention_mask == 0)[0]
        weight = attention_mask[..., None].to(h.dtype)
        logits = self.head((h * weight).sum(1) / weight.sum(1))
        loss = None if labels is None else functional.cross_entropy(logits, labels)
        return self.made(loss, logits, h)


def texts() -> list[dict[str, Any]]:
    rng, rows = np.random.default_rng(0), []
    for _ in range(120):
        length = int(rng.integers(4, 10))
        words = np.zeros(9, "int64")
        words[:length] = rng.integers(1, 12, length)
        mask = (np.arange(9) < length).astype("int64")
        rows.append({"input_ids": words, "attention_mask": mask, "labels": int(words[0] % 3)})
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_the_logits_are_the_output_whatever_holds_them(kind: str) -> None:
    model = Classifier(kind)
    rows = texts()
    example = {name: np.stack([r[name] for r in rows[:4]]) for name in rows[0] if name != "labels"}
    adapter = adapt(model, example)
    (found,) = adapter.whole([example["attention_mask"], example["input_ids"]])
    assert found.shape == (4, 3)
    report = echospan.check(model, DataLoader(rows, batch_size=8))
    assert report.ok, report.codes
    assert not any("cannot be cloned" in told for told in report.skipped)


def test_the_loss_is_the_modules_own() -> None:
    report = echospan.check(Classifier(), DataLoader(texts(), batch_size=8))
    assert any("the module's own" in told and "cross-entropy" in told for told in report.looked)
    rows = [{**row, "labels": [float(row["labels"])] * 3} for row in texts()]

    class Scores(Classifier):
        def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> Any:
            found = super().forward(input_ids, attention_mask)
            if labels is not None:
                found["loss"] = functional.mse_loss(found["logits"], labels)
            return found

    data = [{n: torch.as_tensor(v) for n, v in row.items()} for row in rows]
    report = echospan.check(Scores(), DataLoader(data, batch_size=8))
    assert any("mean squared error" in told for told in report.looked)


class Language(nn.Module):
    """The next word; as Hugging Face's, it moves the labels by one itself."""

    def __init__(self, *, moves: bool = True) -> None:
        super().__init__()
        self.moves = moves
        self.embed, self.head = nn.Embedding(10, 16), nn.Linear(16, 10)
        self.memory = nn.GRU(16, 16, batch_first=True)

    def forward(self, input_ids: Any, attention_mask: Any = None, labels: Any = None) -> Any:
        logits, loss = self.head(self.memory(self.embed(input_ids))[0]), None
        if labels is not None:
            answers, asked = logits, labels
            if self.moves:
                answers, asked = logits[:, :-1], labels[:, 1:]
            loss = functional.cross_entropy(answers.reshape(-1, 10), asked.reshape(-1))
        return Output({"logits": logits} if loss is None else {"loss": loss, "logits": logits})


def words() -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    series = [list(rng.integers(0, 10, 2)) for _ in range(100)]
    for row in series:
        for _ in range(6):
            row.append((row[-1] + row[-2]) % 10)
    return [{"input_ids": np.array(row), "labels": np.array(row)} for row in series]


def test_labels_that_a_language_model_moves_itself_are_the_next_words() -> None:
    model = Language()
    loader = DataLoader(words(), batch_size=8)
    known = facts_of(model)
    data, loss = with_own_loss(model, known, read_data(model, known, loader, None, batch_size=None))
    assert loss is not None
    x, y = data.sources[0].values, data.targets[0].values
    assert (y[:, :-1] == x[:, 1:]).all()
    assert (y[:, -1] == -100).all()
    report = echospan.check(model, loader)
    assert report.ok, report.codes
    assert "target-in-input" not in report.codes


def test_labels_that_nobody_moves_are_the_words_themselves() -> None:
    report = echospan.check(Language(moves=False), DataLoader(words(), batch_size=8))
    assert "decoder-sees-target" in report.codes


class Translator(nn.Module):
    """An encoder and a decoder; without labels it must be given the decoder's input."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(10, 12), nn.Linear(12, 10)
        self.encoder = nn.GRU(12, 12, batch_first=True)
        self.decoder = nn.GRU(12, 12, batch_first=True)

    def prepare_decoder_input_ids_from_labels(self, labels: Any) -> Any:
        return torch.cat([torch.zeros_like(labels[:, :1]), labels[:, :-1]], 1)

    def forward(self, input_ids: Any, decoder_input_ids: Any = None, labels: Any = None) -> Any:
        if decoder_input_ids is None:
            decoder_input_ids = self.prepare_decoder_input_ids_from_labels(labels)
        state = self.encoder(self.embed(input_ids))[1]
        logits = self.head(self.decoder(self.embed(decoder_input_ids), state)[0])
        if labels is None:
            return Output({"logits": logits})
        loss = functional.cross_entropy(logits.reshape(-1, 10), labels.reshape(-1))
        return Output({"loss": loss, "logits": logits})


def test_the_decoder_is_given_what_the_model_makes_of_the_labels() -> None:
    rows = [{**row, "labels": row["input_ids"][::-1].copy()} for row in words()]
    report = echospan.check(Translator(), DataLoader(rows, batch_size=8))
    assert report.ok, report.codes
    assert any("decoder_input_ids are made of the labels" in told for told in report.looked)
    assert not any("cannot be cloned" in told for told in report.skipped)
