"""What the lab can be asked to do, checked before a process is started, and how one types it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from echospan.errors import ConfigError


def run_work(recipe: str, settings: Mapping[str, Any], *, variants: bool = False) -> dict[str, Any]:
    """Training a recipe.

    Raises:
        ConfigError: There is no such recipe, or it can't take a setting.
        OutOfMemory: It is estimated to need more memory than is free.
    """
    from echospan.experiment import with_names
    from echospan.recipe import SHELF, find
    from echospan.runner.study import check

    if recipe not in SHELF.ORDER:
        raise ConfigError("recipe", f"one of {', '.join(SHELF.ORDER)}", recipe)
    check(find(recipe), with_names(dict(settings)), variants=variants)
    return {"verb": "run", "recipe": recipe, "settings": dict(settings), "variants": variants}


def sheet_work(model: str, **settings: Any) -> dict[str, Any]:
    """Measuring the sheet of a built-in model.

    Raises:
        ConfigError: There is no such model.
    """
    from echospan.models import MODELS

    if model not in MODELS:
        raise ConfigError("model", f"one of {', '.join(sorted(MODELS))}", model)
    return {"verb": "span", "settings": {"model": model, **settings}}


def command_of(work: Mapping[str, Any]) -> str:
    """The command line that does the same."""
    settings = dict(work.get("settings", {}))
    if work["verb"] == "span":
        model = settings.pop("model")
        options = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        return shlex.join(["echospan", "span", model, *options])
    parts = ["echospan", "run", work["recipe"]]
    for name, value in settings.items():
        parts += ["--set", f"{name}={_typed(value)}"]
    return shlex.join([*parts, *([] if work.get("variants") else ["--no-variants"])])


def python_of(work: Mapping[str, Any]) -> str:
    """The Python that does the same."""
    settings = dict(work.get("settings", {}))
    if work["verb"] == "span":
        model = settings.pop("model")
        given = "".join(f", {name}={value!r}" for name, value in settings.items())
        return f"import echospan\n\nsheet = echospan.span({model!r}{given})\nprint(sheet)"
    given = f", {settings!r}" if settings else ""
    variants = ", variants=True" if work.get("variants") else ""
    return (
        f"import echospan\n\nresult = echospan.run({work['recipe']!r}{given}{variants})\n"
        "print(result)"
    )


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
