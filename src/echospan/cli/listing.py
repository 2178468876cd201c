"""`list`: everything that has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from echospan.cli.options import JsonOption, out, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

Kind = Literal["recipes", "models", "tasks", "framings"]
KindArgument = Annotated[
    Kind, typer.Argument(metavar="[KIND]", help="recipes, models, tasks or framings.")
]


def list_names(kind: KindArgument = "recipes", json: JsonOption = False) -> None:
    """List what runs by name: recipes, models of the zoo, tasks, framings, with their settings."""
    rows = _recipes() if kind == "recipes" else _settled(kind)
    if json:
        print_json({kind: rows})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("what it shows" if kind == "recipes" else "what it is", overflow="fold")
    if kind != "recipes":
        table.add_column("settings", overflow="fold", ratio=1)
    for row in rows:
        cells = [row["name"], row["title"]]
        if kind != "recipes":
            cells.append(", ".join(_brief(setting) for setting in row["settings"]))
        table.add_row(*cells)
    out().print(table, highlight=False)


def _recipes() -> list[dict[str, Any]]:
    from echospan.recipe import SHELF

    return [
        {"name": recipe.name, "title": recipe.title, "about": recipe.about.strip()}
        for recipe in SHELF.recipes.values()
    ]


def _settled(kind: Kind) -> list[dict[str, Any]]:
    """Each of that kind, with its settings as they are named in a recipe."""
    from echospan.framings import FRAMINGS
    from echospan.models import MODELS
    from echospan.tasks import TASKS

    tables: dict[str, Mapping[str, type[BaseModel]]] = {
        "models": MODELS,
        "tasks": TASKS,
        "framings": FRAMINGS,
    }
    part = kind.removesuffix("s")
    return [_described(part, name, found) for name, found in tables[kind].items()]


def _described(part: str, name: str, found: type[BaseModel]) -> dict[str, Any]:
    title, _, rest = (found.__doc__ or "").strip().partition("\n")
    settings = [
        {
            "name": f"{part}.{field}",
            "default": None if about.is_required() else about.default,
            "about": " ".join((about.description or "").split()),
        }
        for field, about in found.model_fields.items()
        if field != "kind"
    ]
    return {
        "name": name,
        "title": title.rstrip("."),
        "about": " ".join(rest.split()),
        "settings": settings,
    }


def _brief(setting: dict[str, Any]) -> str:
    name = setting["name"].partition(".")[2]
    default = setting["default"]
    if default is None:
        return str(name)
    return f"{name}={str(default).lower() if isinstance(default, bool) else default}"
