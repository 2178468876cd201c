"""What the tab key completes: names of recipes, models, tasks, findings and stored runs."""

from __future__ import annotations

import os

from echospan.cli.command import NAMES

Completions = list[str]


def recipes(incomplete: str) -> Completions:
    """Names of recipes, and TOML files beside the user."""
    return [*_starting("recipes", incomplete), *_files(incomplete, ".toml")]


def models(incomplete: str) -> Completions:
    """Names of models, and files that hold one."""
    return [*_starting("models", incomplete), *_files(incomplete, ".py", ".keras")]


def tasks(incomplete: str) -> Completions:
    """Names of tasks whose distance can be measured."""
    return _starting("tasks", incomplete)


def protocols(incomplete: str) -> Completions:
    """Names of protocols, and TOML files beside the user."""
    return [*_starting("protocols", incomplete), *_files(incomplete, ".toml")]


def codes(incomplete: str) -> Completions:
    """Codes of findings."""
    return _starting("codes", incomplete)


def runs(incomplete: str) -> Completions:
    """Ids of the stored runs, newest first, and ``latest:RECIPE``."""
    from echospan.errors import EchospanError
    from echospan.store import Store

    try:
        with Store(create=False) as store:
            stored = store.list(limit=200)
    # No store yet, or one that cannot be read: nothing to complete, and no place to say so.
    except EchospanError:
        return []
    names = ["latest", *dict.fromkeys(f"latest:{run.recipe}" for run in stored)]
    names += [run.run_id for run in stored]
    return [name for name in names if name.startswith(incomplete)]


def sheets(incomplete: str) -> Completions:
    """Ids of the stored sheets and comparisons, newest first, and ``latest``."""
    return [
        name
        for name in runs(incomplete)
        if name.startswith(("span-", "compare-", "latest:span-", "latest:compare-"))
        or name == "latest"
    ]


def models_and_sheets(incomplete: str) -> Completions:
    """What `models` gives, .json files, and stored sheets."""
    return [*models(incomplete), *_files(incomplete, ".json"), *sheets(incomplete)]


def _starting(kind: str, incomplete: str) -> Completions:
    return [name for name in NAMES[kind]() if name.startswith(incomplete)]


def _files(incomplete: str, *suffixes: str) -> Completions:
    folder = os.path.dirname(incomplete)
    if not incomplete or not os.path.isdir(folder or "."):
        return []
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder or "."))]
    return [path for path in paths if path.startswith(incomplete) and path.endswith(suffixes)]
