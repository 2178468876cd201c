"""Attention with torch: encoders, decoders and the forecasters made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import EachStep, Places, causal, encoder
from doctor.street.sound.values import cyclic, pulses, tagged, texts


class Looking(nn.Module):
    """nn.MultiheadAttention with a causal mask, the next value at each step."""

    def __init__(self, words: int = 8) -> None:
        super().__init__()
        self.embed, self.places = nn.Embedding(words, 16), Places(16)
        self.attend = nn.MultiheadAttention(16, 2, batch_first=True)
        self.norm, self.out = nn.LayerNorm(16), nn.Linear(16, words)

    def forward(self, x: Any) -> Any:
        hidden = self.places(self.embed(x))
        seen, _ = self.attend(hidden, hidden, hidden, attn_mask=causal(x.shape[1]))
        return self.out(self.norm(hidden + seen))


def _text(seed: int) -> dict:
    text = cyclic(seed=seed)
    return {"x": text[:, :-1], "y": text[:, 1:], "batch_size": 32, "loss": EachStep()}


@sound("check_torch")
def causal_attention() -> dict:
    """docs.pytorch.org nn.MultiheadAttention with attn_mask: next word from the words so far."""
    return {"model": Looking(), **_text(1)}


class Gpt(nn.Module):
    """Causal attention by scaled_dot_product_attention, learned places, tied output."""

    def __init__(self, words: int = 8, width: int = 16) -> None:
        super().__init__()
        self.words, self.place = nn.Embedding(words, width), nn.Embedding(32, width)
        self.three, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm, self.last = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inner = nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Linear(32, width))
        self.out = nn.Linear(width, words, bias=False)
        self.out.weight = self.words.weight
        nn.init.normal_(self.words.weight, std=0.1)

    def forward(self, x: Any) -> Any:
        hidden = self.words(x) + self.place(torch.arange(x.shape[1], device=x.device))
        parts = self.three(self.norm(hidden)).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
        hidden = hidden + self.back(seen.transpose(1, 2).flatten(2))
        return self.out(self.last(hidden + self.inner(hidden)))


@sound("check_torch")
def small_gpt_torch() -> dict:
    """karpathy/minGPT and nanoGPT: causal attention, weight tying, next character at each step."""
    return {"model": Gpt(), **_text(2)}


class LanguageTransformer(nn.Module):
    """An encoder with a causal mask over (time, batch), log-probabilities."""

    def __init__(self, words: int = 8) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(words, 16), nn.Linear(16, words)
        self.places = nn.Parameter(torch.randn(32, 1, 16) * 0.1)
        layer = nn.TransformerEncoderLayer(16, 2, 32, 0.1)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

    def forward(self, x: Any) -> Any:
        hidden = self.embed(x) * 4 + self.places[: len(x)]
        return self.out(self.encoder(hidden, mask=causal(len(x)))).log_softmax(-1)


@sound("check_torch")
def language_transformer() -> dict:
    """pytorch/examples word_language_model/model.py TransformerModel: (time, batch), subsequent
    mask."""
    return {"model": LanguageTransformer(), **_text(3), "batch_first": False}


class Translator(nn.Module):
    """nn.Transformer with padding masks made from the words."""

    def __init__(self, words: int = 9) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(words, 16), nn.Embedding(words, 16)
        self.places = Places(16)
        self.body = nn.Transformer(16, 2, 1, 1, 32, 0.0, batch_first=True)
        self.out = nn.Linear(16, words)

    def forward(self, src: Any, tgt: Any) -> Any:
        padding = src == 0
        hidden = self.body(
            self.places(self.source(src)),
            self.places(self.target(tgt)),
            tgt_mask=causal(tgt.shape[1]),
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
        )
        return self.out(hidden)


@sound("check_torch", rate=0.005, epochs=25)
def transformer_translator() -> dict:
    """pytorch/tutorials beginner_source/translation_transformer.py: padded source, answer one
    step late into the decoder, padding in y does not count."""
    rng = np.random.default_rng(0)
    source, lengths = rng.integers(3, 9, (400, 6)), rng.integers(3, 7, 400)
    there = np.arange(6) < lengths[:, None]
    source = source * there
    given = np.concatenate([np.ones((400, 1), int), np.where(there, source, 0)], 1)
    asked = np.where(there, source, -100)
    asked = np.concatenate([asked, np.full((400, 1), -100)], 1)
    asked[np.arange(400), lengths] = 2
    x = {"src": source, "tgt": given}
    return {"model": Translator(), "x": x, "y": asked, "batch_size": 32, "loss": EachStep()}


class Classifier(nn.Module):
    """Encoder with a padding mask from the words, mean of the words that are there."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.embed, self.places = nn.Embedding(30, 16, padding_idx=0), Places(16)
        self.encoder, self.out = encoder(), nn.Linear(16, classes)

    def forward(self, x: Any) -> Any:
        padding = x == 0
        hidden = self.encoder(self.places(self.embed(x)), src_key_padding_mask=padding)
        there = (~padding)[..., None].to(hidden.dtype)
        return self.out((hidden * there).sum(1) / there.sum(1))


@sound("check_torch", rate=0.003)
def masked_classifier() -> dict:
    """docs.pytorch.org nn.TransformerEncoder with src_key_padding_mask: class of padded texts."""
    x, y = texts()
    given = {"x": x, "y": y.astype("int64"), "batch_size": 32, "shuffle": True}
    return {"model": Classifier(), **given, "loss": nn.CrossEntropyLoss()}


class Tagger(nn.Module):
    """A tag for each word from both sides, padding masked."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.places = nn.Embedding(20, 16, padding_idx=0), Places(16)
        self.encoder, self.out = encoder(dropout=0.0), nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        hidden = self.encoder(self.places(self.embed(x)), src_key_padding_mask=x == 0)
        return self.out(hidden)


@sound("check_torch", rate=0.005)
def attention_tagger() -> dict:
    """huggingface.co course token classification, small: tags of -100 where there is padding."""
    x, y = tagged()
    y = np.where(y > 0, y, -100)
    return {"model": Tagger(), "x": x, "y": y, "batch_size": 32, "loss": EachStep()}


class FirstToken(nn.Module):
    """A learned token in front gathers what there is to know."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.places, self.encoder = nn.Linear(4, 16), Places(16), encoder()
        self.token, self.out = nn.Parameter(torch.randn(1, 1, 16) * 0.1), nn.Linear(16, 2)

    def forward(self, x: Any) -> Any:
        hidden = self.embed(x.reshape(len(x), -1, 4))
        hidden = torch.cat([self.token.expand(len(x), -1, -1), hidden], 1)
        return self.out(self.encoder(self.places(hidden))[:, 0])


@sound("check_torch", rate=0.003)
def class_token() -> dict:
    """arXiv 2010.11929's class token over patches of a signal."""
    x, y = pulses()
    given = {"x": x, "y": y.astype("int64"), "batch_size": 32, "shuffle": True}
    return {"model": FirstToken(), **given, "loss": nn.CrossEntropyLoss()}
