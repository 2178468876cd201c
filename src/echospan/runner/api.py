"""Experiments from Python: what `echospan run` does, as one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echospan.arguments import (
    each,
    either,
    flag,
    folder,
    instance,
    mapping,
    one_of,
    path,
    validated,
)
from echospan.experiment import Experiment, with_names
from echospan.limits import asks_consent
from echospan.mirrors import LIBRARIES, Warns, mirroring
from echospan.recipe import Recipe, find
from echospan.report.objects import RunResult
from echospan.runner.session import Session
from echospan.runner.study import check, run_recipe
from echospan.store import Store

MIRRORS = f"one of {', '.join(LIBRARIES)}, or a list of these"


@validated(
    what=either(
        "a recipe's name, the path of a TOML file, an Experiment or a Recipe",
        instance("", "echospan.experiment:Experiment", "echospan.recipe:Recipe"),
        path,
    ),
    settings=mapping("dotted settings"),
    variants=flag,
    store=either(
        "a folder's path or an echospan.Store", instance("", "echospan.store:Store"), folder
    ),
    mirror=either(MIRRORS, one_of(*LIBRARIES), each(one_of(*LIBRARIES), MIRRORS)),
    trust=flag,
    yes=flag,
)
@asks_consent
def run(
    what: str | Path | Experiment | Recipe,
    settings: Mapping[str, Any] | None = None,
    *,
    variants: bool = False,
    store: str | Path | Store | None = None,
    mirror: str | Sequence[str] | None = None,
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
        mirror: Copy the progress to "wandb", "trackio", "mlflow" or "tensorboard", or to several. A
            copy that fails costs the run nothing; one warning says so.
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
        with mirroring(Warns(), mirror) as observer:
            session = Session(opened, observer, trust=trust)
            return run_recipe(session, recipe, settings, variants=variants, settled=settled)[0]
    finally:
        if opened is not store:
            opened.close()
