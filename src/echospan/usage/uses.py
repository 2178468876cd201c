"""Measure how far back a trained model looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from echospan.adapters.adapt import facts_of, with_own_loss
from echospan.adapters.facts import Facts
from echospan.adapters.loss_names import named_loss
from echospan.adapters.untouched import untouched
from echospan.arguments import (
    flag,
    function,
    instance,
    number,
    readable,
    validated,
    whole,
)
from echospan.errors import ConfigError
from echospan.observer import Halted, Observer
from echospan.report.kept import STORE, check_store, keep
from echospan.report.memory_objects import UsesReport
from echospan.results.uses import Ablation, UsesAblation, UsesData
from echospan.store import Store
from echospan.usage.ablations import Ablations
from echospan.usage.bounds import Bootstrap
from echospan.usage.classes import labels_of
from echospan.usage.judge import ORDER, Judge
from echospan.usage.overlap import order_of
from echospan.usage.running import Running
from echospan.usage.score import Score
from echospan.usage.search import Search
from echospan.usage.windows import USUAL, Windows, read_windows
from echospan.usage.words import explanations

POSITIONS = ("position", "pos_emb", "wpe", "positional")
"""Parts of names of weights that stand for positions."""

OF_USES = {
    "model": readable,
    "x": readable,
    "y": readable,
    "loss": readable,
    "stride": whole(1),
    "donors": whole(1, 256),
    "windows": whole(16, 200_000),
    "seed": whole(0),
    "window": whole(2),
    "margin": number(above=0, below=1),
    "padding": number(),
    "classes": readable,
    "replace": flag,
    "batch_first": flag,
    "store": STORE,
    "observer": instance("an echospan.observer.Observer", "echospan.observer:Observer"),
    "stop": function,
}
"""What the arguments of `uses` may be."""


@validated(**OF_USES)
def uses(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    loss: Any = None,
    stride: int | None = None,
    donors: int = 8,
    windows: int = 2048,
    seed: int = 0,
    window: int | None = None,
    margin: float = 0.05,
    padding: float | None = None,
    classes: Any = None,
    replace: bool = False,
    batch_first: bool = True,
    store: str | Path | Store | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> UsesReport:
    """Measure how far back a trained model looks.

    The model answers held-out windows with the full context, and again with only the newest k steps
    kept; the older ones come from other places of the data (average), are left out (restart), or
    are put in random order (shuffle). It uses k steps if the loss with them keeps 95 % of the gain
    over the best constant answer. The model is neither trained nor changed: a clone with its
    weights runs in evaluation mode.

    Args:
        model: A trained Keras model, a torch module, a pair (init, apply) of JAX functions whose
            `init` returns the trained parameters, or a causal language model of transformers.
        x: Held-out inputs (samples, time, features), or integers (samples, time) for an embedding,
            in the order of time if samples overlap; or what else `echospan.check` takes. For a
            language model of transformers also one text of integers, (time,).
        y: Targets: one for each sample, (samples, ...), or one for each step, (samples, time, ...),
            of which the last of each window counts. For a language model of transformers they may
            be left out: the next integer.
        loss: The loss ``loss(outputs, targets)``, or its name, such as "mse", "mae" or
            "cross_entropy" (of logits). Left out: the one that a Keras model was compiled with, or
            that a model of transformers computes by itself.
        stride: Steps by which each sample is moved on from the one before, if samples are windows
            over a series. Left out: found in the data. For sequences that are cut into windows,
            the steps from one window to the next.
        donors: Other windows that the older steps of each window are taken from.
        windows: Windows at most; more make intervals narrower.
        seed: Of all draws.
        window: Steps of a window, to cut sequences with a target at every step. Left out: samples
            are windows as they are; fewer than 64 are cut into windows of 128 steps, or of half
            their length.
        margin: Share of the gain that may be missing.
        padding: For a model of a fixed length: what stands for missing steps, such as 0. Left out,
            such a model is not restarted.
        classes: Classes of the answers, each measured by itself: one label a sample, (samples,), or
            "rarity" for targets that are common, less common and rare.
        replace: Also show the loss with older steps replaced and losses averaged.
        batch_first: Whether a torch module is given (batch, time, ...).
        store: Folder, or store, in which the report is kept, so that ``echospan runs`` shows it.
            Default: it is not kept.
        observer: Told of each run.
        stop: Asked between runs; what was measured until then is returned.

    Returns:
        Steps used with their interval, the curves by ablation, and what their differences mean.

    Raises:
        ConfigError: An argument is wrong, the model can't be run, or there is no loss.
        DataError: The data can't be used, or the model is at chance.
        Halted: It was stopped before anything was measured.

    Example:
        >>> import numpy as np, torch
        >>> x = np.random.default_rng(0).normal(size=(512, 20, 1)).astype("float32")
        >>> class Lag3(torch.nn.Module):
        ...     def forward(self, x):
        ...         return torch.nn.functional.pad(x, (0, 0, 3, 0))[:, : x.shape[1]]
        >>> y = np.roll(x, 3, 1)
        >>> report = echospan.uses(Lag3(), x, y, loss=torch.nn.MSELoss())
        >>> report.uses, report.uses_interval
        (4, (4, 4))
    """
    check_store(store)
    data = measure(
        model, x, y, loss=loss, stride=stride, donors=donors, windows=windows, seed=seed,
        window=window, margin=margin, padding=padding, classes=classes, replace=replace,
        batch_first=batch_first, observer=observer or Observer(), stop=stop,
    )  # fmt: skip
    report = UsesReport(**{field.name: getattr(data, field.name) for field in fields(data)})
    if store is not None:
        settings = {
            "loss": loss, "stride": stride, "donors": donors, "windows": windows, "seed": seed,
            "window": window, "margin": margin, "padding": padding, "classes": classes,
            "replace": replace, "batch_first": batch_first,
        }  # fmt: skip
        keep(report, "uses", store, subject=report.model, settings=settings)
    return report


def measure(
    model: Any,
    x: Any,
    y: Any,
    *,
    loss: Any,
    stride: int | None,
    donors: int,
    windows: int,
    seed: int,
    window: int | None,
    margin: float,
    padding: float | None,
    classes: Any,
    replace: bool,
    batch_first: bool,
    observer: Observer,
    stop: Callable[[], bool] | None,
) -> UsesData:
    """What `uses` returns, as data; arguments as there."""
    began = time.perf_counter()
    known = facts_of(model)
    if loss is not None and getattr(model, "loss", None) is not None and known.framework == "keras":
        raise ConfigError("loss", "left out for a model that is compiled with one", loss)
    loss = named_loss(loss, known.framework)
    observer.begin("full context", 1)
    with untouched():
        x, y, loss, told = _given(model, known, x, y, loss)
        if window is None and told:
            window = longest_window(model, x)
        read = read_windows(
            model, known, x, y,
            most=windows, window=window, stride=stride, batch_first=batch_first,
        )  # fmt: skip
        if loss is None:
            read, loss, more = _with_own_loss(model, known, read)
            told += more
        order = order_of(read, stride)
        bootstrap = Bootstrap.of(read.count, order.block, seed)
        running = Running(model, known, read, batch_first=batch_first, stop=stop)
        score = Score(running, loss)
        score.require_gain(bootstrap, order.places)
        ablations = Ablations(
            running, read, score, order.places, order.block,
            donors=donors, seed=seed, padding=padding,
        )  # fmt: skip
        labels = labels_of(classes, read, score.targets, score.meanings)
        search = Search(
            ablations, score, bootstrap, order.places,
            margin=margin, donors=donors, observer=observer,
        )  # fmt: skip
        found = search.run()
        if labels is not None and not found.stopped:
            first = Judge(found, score, bootstrap, order.places, margin=margin, replace=False)
            chosen = _headline(first.ablation("average"), first.ablation("restart"))
            search.settle_classes(chosen, labels)
        positions = _has_positions(running)
    observer.end()
    judge = Judge(found, score, bootstrap, order.places, margin=margin, replace=replace)
    if not judge.bounds:
        raise Halted("Stopped.")
    names = [name for name in ORDER if name != "replace" or replace]
    ablated = {name: judge.ablation(name) for name in names}
    average, restart = ablated["average"], ablated["restart"]
    measured = [each for each in (average, restart) if each.uses is not None]
    by = ablated[_headline(average, restart)]
    ends = [each.interval for each in measured if each.interval is not None]
    interval = (min(low for low, _ in ends), min(high for _, high in ends))
    hurt = judge.hurt(positions)
    notes = [*read.notes, *told, *([order.note] if order.note else [])]
    if "restart" in found.refused and padding is None:
        notes.append(
            f"Restart was refused: {found.refused['restart']}. Average and shuffle need no other "
            "length; padding= gives what stands for missing steps."
        )
    if found.shortest:
        notes.append(
            f"Restart: the model takes no fewer than {found.shortest} steps; with fewer, the best "
            "constant answer stands in."
        )
    return UsesData(
        model=model_name(model),
        framework=known.framework,
        window=read.steps,
        windows=read.count,
        uses=by.uses,
        uses_interval=interval,
        by=by.name,
        gain_95=by.gain_95,
        answers_change_up_to=found.answers,
        warm_up=restart.uses,
        older_steps_hurt=hurt,
        curves={name: points for name in names if (points := judge.points(name))},
        ablations=tuple(ablated.values()),
        explanations=explanations(
            average, restart, ablated["shuffle"],
            steps=read.steps, answers=found.answers, hurt=hurt, positions=positions,
        ),
        answers_changed=judge.changed(by.name, interval[0]),
        classes=() if labels is None else judge.classes(by.name, labels, seed, order.block),
        loss=_loss_name(model, loss),
        full_loss=float(score.full.mean()),
        constant_loss=float(score.constant.mean()),
        margin=margin,
        independent=bootstrap.independent,
        donors=donors,
        seed=seed,
        versions=_versions(known),
        seconds=round(time.perf_counter() - began, 3),
        notes=tuple(notes),
        stopped=found.stopped,
    )  # fmt: skip


def _headline(average: UsesAblation, restart: UsesAblation) -> Ablation:
    """The ablation that needs fewer steps; average where both need the same."""
    measured = [each for each in (average, restart) if each.uses is not None]
    return min(measured, key=lambda each: each.uses or 0).name


def _given(model: Any, known: Facts, x: Any, y: Any, loss: Any) -> tuple[Any, Any, Any, list[str]]:
    """Inputs, targets, loss and notes; of a language model's text, the next symbol is the target.

    Raises:
        DataError: The text is too short.
    """
    if not _is_causal(model) or loss is not None:
        return x, y, loss, []
    from echospan.adapters.huggingface.text import next_symbols

    return next_symbols(model, x, y)


def _with_own_loss(model: Any, known: Facts, read: Windows) -> tuple[Windows, Any, list[str]]:
    """Windows as a module that computes its own loss takes them, that loss, and notes.

    Raises:
        ConfigError: The module compares answers with the targets of later steps.
    """
    data, loss = with_own_loss(model, known, read.data)
    for own, given in zip(data.targets, read.data.targets, strict=False):
        if own.values is not given.values:
            raise ConfigError(
                "loss", "given, with the target of each step as y", None,
                "The module moves its labels by a step before it compares them.",
            )  # fmt: skip
    notes = [each for each in data.notes if each not in read.data.notes]
    return replace(read, sources=data.sources, data=data), loss, notes


def _is_causal(model: Any) -> bool:
    transformers = sys.modules.get("transformers")
    kind = getattr(transformers, "PreTrainedModel", None) if transformers else None
    config = getattr(model, "config", None)
    return (
        isinstance(kind, type)
        and isinstance(model, kind)
        and not getattr(config, "is_encoder_decoder", False)
    )


def longest_window(model: Any, x: Any) -> int | None:
    """Steps of the windows of a language model that knows fewer positions than is usual.

    One fewer than it knows: trained on texts of that many, it never answered at the last one.
    """
    length = int(x["input_ids"].shape[1])
    known = getattr(model.config, "max_position_embeddings", None)
    return known - 1 if isinstance(known, int) and 3 <= known <= min(USUAL, length) else None


def _has_positions(running: Running) -> bool:
    """Whether weights are named after positions."""
    try:
        names = list(running.adapter.parameters())
    except Exception:
        # A model of the user's own, whose weights can't be read.
        return False
    return any(part in name.lower() for name in names for part in POSITIONS)


def model_name(model: Any) -> str:
    """What reports call a model."""
    if isinstance(model, tuple):
        return str(getattr(model[1], "__name__", "apply"))
    return str(getattr(model, "name", "") or type(model).__name__)


def _loss_name(model: Any, loss: Any) -> str:
    chosen = getattr(model, "loss", None) if loss is None else loss
    if isinstance(chosen, str):
        return chosen
    name = getattr(chosen, "name", "") or getattr(chosen, "__name__", "") or type(chosen).__name__
    return "" if name in ("<lambda>", "loss") else str(name)


def _versions(known: Facts) -> dict[str, str]:
    found = {}
    for package in dict.fromkeys(("echospan", known.framework, known.backend)):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
