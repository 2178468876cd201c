"""`list`: the names that other commands accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from echospan.cli.options import JsonOption
from echospan.cli.printing import out, print_json, print_text

if TYPE_CHECKING:
    from pydantic import BaseModel

    from echospan.registry import Plugin

OWN = "echospan"
"""The package of what is built in."""

Kind = Literal["recipes", "models", "tasks", "framings", "findings"]
KindArgument = Annotated[
    Kind, typer.Argument(metavar="KIND", help="recipes, models, tasks, framings or findings.")
]


def list_names(kind: KindArgument = "recipes", json: JsonOption = False) -> None:
    """List recipes, models, tasks, framings (with their settings), or findings.

    Names of other packages come after the built-in ones, with their package. Names that cannot be
    imported are listed below, with the error.
    """
    problems: list[str] = []
    if kind == "recipes":
        rows = _recipes()
    elif kind == "findings":
        rows, problems = _findings()
    else:
        rows, problems = _settled(kind)
    if json:
        print_json({kind: rows} if kind == "recipes" else {kind: rows, "problems": problems})
        return
    _print(kind, rows, problems)


def _print(kind: Kind, rows: list[dict[str, Any]], problems: list[str]) -> None:
    if kind == "findings":
        _print_lines(rows, problems)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("what it shows" if kind == "recipes" else "what it is", overflow="fold")
    if kind in ("models", "tasks", "framings"):
        table.add_column("settings", overflow="fold", ratio=1)
    for row in rows:
        package = row.get("package", OWN)
        of = "" if package == OWN else f" ({package})"
        cells = [row["name"], row["title"] + of]
        if "settings" in row:
            cells.append(", ".join(_brief(setting) for setting in row["settings"]))
        table.add_row(*cells)
    console = out()
    console.print(table, highlight=False)
    for problem in problems:
        console.print(problem, highlight=False, markup=False, soft_wrap=True)


def _print_lines(rows: list[dict[str, Any]], problems: list[str]) -> None:
    """One line each, whatever the width of the terminal: to read, and to search with grep."""
    widest = max(len(row["name"]) for row in rows)
    for row in rows:
        of = "" if row["package"] == OWN else f" ({row['package']})"
        print_text(f"{row['name']:<{widest}}  {row['title']}{of}")
    for problem in problems:
        print_text(problem)


def _recipes() -> list[dict[str, Any]]:
    from echospan.recipe import SHELF

    return [
        {"name": recipe.name, "title": recipe.title, "about": recipe.about.strip()}
        for recipe in SHELF.recipes.values()
    ]


def _settled(kind: Kind) -> tuple[list[dict[str, Any]], list[str]]:
    """Each of that kind, with its settings as they are named in a recipe; and what is broken."""
    from echospan.experiment import TABLES

    part = kind.removesuffix("s")
    table = TABLES[part]
    rows = [_described(part, name, found) for name, found in table.items()]
    problems = []
    for plugin in table.plugins():
        if plugin.problem:
            problems.append(_problem(plugin))
        else:
            rows.append(
                _described(part, plugin.name, table.find(plugin.name), package=plugin.package)
            )
    return rows, problems


def _findings() -> tuple[list[dict[str, Any]], list[str]]:
    from echospan.doctor.catalogue import catalogue, plugins, register_plugins

    register_plugins()
    packages = {plugin.name: plugin.package for plugin in plugins().plugins()}
    rows = [
        {
            "name": code,
            "title": found.title,
            "severity": found.severity,
            "package": OWN if code in plugins() else packages.get(code, ""),
        }
        for code, found in catalogue().items()
    ]
    return rows, [_problem(plugin) for plugin in plugins().plugins() if plugin.problem]


def _problem(plugin: Plugin) -> str:
    return f"{plugin.name} of {plugin.package} ({plugin.reference}): {plugin.problem}"


def _described(part: str, name: str, spec: type[BaseModel], package: str = OWN) -> dict[str, Any]:
    from echospan.spec import meanings

    title, _, rest = (spec.__doc__ or "").strip().partition("\n")
    rest = rest.partition("Example:")[0]
    texts = meanings(spec)
    settings = [
        {
            "name": f"{part}.{field}",
            "default": None if about.is_required() else about.default,
            "about": " ".join(texts[field].split()),
        }
        for field, about in spec.model_fields.items()
        if field != "kind"
    ]
    return {
        "name": name,
        "title": title.rstrip("."),
        "about": " ".join(rest.split()),
        "package": package,
        "settings": settings,
    }


def _brief(setting: dict[str, Any]) -> str:
    name = setting["name"].partition(".")[2]
    default = setting["default"]
    if default is None:
        return str(name)
    return f"{name}={str(default).lower() if isinstance(default, bool) else default}"
