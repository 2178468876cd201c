"""Experiments from Python: what `echospan run` does, as one call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.experiment import Experiment, with_names
from echospan.limits import asks_consent
from echospan.recipe import Recipe, find
from echospan.report.objects import RunResult
from echospan.runner.session import Session
from echospan.runner.study import check, run_recipe
from echospan.store import Store


@asks_consent
def run(
    what: str | Path | Experiment | Recipe,
    settings: Mapping[str, Any] | None = None,
    *,
    variants: bool = False,
    store: str | Path | Store | None = None,
    trust: bool = False,
    yes: bool = False,
) -> RunResult:
    """Train an experiment, evaluate it on new sequences, and store the run.

    Args:
        what: A recipe's name, the path of a TOML file, an experiment or a recipe.
        settings: Dotted settings to change: ``{"task.lag": 3, "training.epochs": 200}``. A task,
            framing or model of your own is given whole: ``{"task": MyTask(lag=3)}``.
        variants: Whether to run the variants that the recipe is compared with, too.
        store: Folder of the run; by default ECHOSPAN_STORE or ./echospan-runs.
        trust: Import what a TOML file names as ``package.module:Class``, too.
        yes: Go on where the estimated memory or time is above a limit.

    Returns:
        The result; its attributes have the names of the keys that `echospan run --json` prints:
        ``accuracy``, ``accuracy_interval``, ``chance``, ``run_id``, ``expected``, ``predicted``,
        ``explanation`` and more. A notebook shows it as a table and a figure.

    Raises:
        ConfigError: A setting that does not exist or does not fit.
        DataError: The user's own series cannot be used.
        OutOfMemory: It is estimated to need more memory than is free.
        StoreError: The store cannot be used.
        MissingExtra: JAX, Keras or what stores weights is not installed.

    Example:
        >>> settings = {"task.symbols": 4, "task.length": 8, "training.epochs": 10}
        >>> result = echospan.run("stream", settings, store="my-runs")
        >>> result["chance"]
        0.25
        >>> result["settings"]["task"]["lag"]
        1
    """
    if isinstance(what, Experiment):
        recipe = Recipe(name=what.name, experiment=what.to_dict())
    elif isinstance(what, Recipe):
        recipe = what
    else:
        recipe = find(str(what), trust=trust)
    settings = with_names(settings or {})
    settled = check(recipe, settings, variants=variants)
    opened = store if isinstance(store, Store) else Store(store)
    try:
        session = Session(opened, trust=trust)
        return run_recipe(session, recipe, settings, variants=variants, settled=settled)[0]
    finally:
        if opened is not store:
            opened.close()
