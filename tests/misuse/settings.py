"""Valid calls of what is made of settings: experiments, recipes, tasks, models."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import echospan
from echospan import framings, models, tasks
from misuse.attempt import Call
from misuse.models import EXPERIMENT


def of_specs() -> Iterator[Call]:
    """Experiments, recipes, tasks, framings, models: what is made of settings."""
    experiment = echospan.Experiment(**EXPERIMENT)
    parts = {
        "task": ("task.kind", "task.zzz"), "framing": ("framing.kind", "framing.zzz"),
        "model": ("model.kind", "model.zzz"), "training": ("training.zzz", "training.kind"),
        "evaluation": ("evaluation.zzz", "evaluation.kind"),
    }  # fmt: skip
    texts = {"text": ("the experiment",), "content": ("zzz", "kind", "setting", "task")}
    yield Call("Experiment", lambda: (echospan.Experiment, {
        **EXPERIMENT, "name": "n", "training": {"epochs": 1}, "evaluation": {"sequences": 200},
        "seed": 0}), more=("nonsense",), called=parts)  # fmt: skip
    settings = {"settings": ("zzz", "kind", "dotted"), "changes": ("zzz",)}
    yield Call("Experiment.with_settings", lambda: (
        experiment.with_settings, {"settings": {"task.lag": 2}}), called=settings)  # fmt: skip
    yield Call("Experiment.replace", lambda: (
        experiment.replace, {"seed": 2}), more=("task", "model", "nonsense"), called=parts,
    )  # fmt: skip
    for name, given in (("dict", EXPERIMENT), ("toml", experiment.to_toml()),
                        ("json", experiment.to_json())):  # fmt: skip
        first = "content" if name == "dict" else "text"
        yield Call(f"Experiment.from_{name}", functools.partial(lambda name, first, given: (
            getattr(echospan.Experiment, f"from_{name}"), {first: given, "trust": False}
        ), name, first, given), called=texts,
            more=() if name == "dict" else ("source",))  # fmt: skip
    yield Call("Experiment.signature", lambda: (
        experiment.signature, {"plan": experiment.plan()}))  # fmt: skip
    recipe = echospan.Recipe(name="r", experiment=EXPERIMENT, variants=[{"name": "v"}])
    yield Call("Recipe", lambda: (echospan.Recipe, {
        "name": "r", "title": "t", "about": "a", "view": "", "experiment": EXPERIMENT,
        "variants": [{"name": "v", "set": {}}], "variant_seeds": 1,
        "grid": {"rows": ["a"], "columns": ["b"], "cells": [["v"]]}}), called={
            "variants": ("variants.name", "variants.0"), "grid": ("grid.cells", "cells")},
    )  # fmt: skip
    yield Call("Recipe.settle", lambda: (
        recipe.settle, {"settings": {"task.lag": 2}}), called=settings)  # fmt: skip
    yield Call("Recipe.settle_variant", lambda: (recipe.settle_variant, {
        "variant": recipe.variants[0], "settings": {}}), called=settings)  # fmt: skip
    yield Call("Recipe.from_dict", lambda: (
        echospan.Recipe.from_dict, {"content": recipe.to_dict(), "trust": False}),
        called={"content": ("zzz", "kind", "name", "recipe")})  # fmt: skip
    for room, table in (("tasks", tasks.TASKS), ("framings", framings.FRAMINGS),
                        ("models", models.MODELS)):  # fmt: skip
        for cls in table.values():
            given = {"data": "no.csv", "column": "c"} if cls.__name__ == "SeriesEcho" else {}
            yield Call(
                f"{room}.{cls.__name__}",
                functools.partial(lambda cls, given: (cls, dict(given)), cls, given),
                more=tuple(name for name in cls.model_fields if name not in given),
            )
