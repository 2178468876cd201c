"""Key figures, settings and environment of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.report import words
from echospan.report.markup import table, text
from echospan.report.values import (
    count,
    duration,
    flatten,
    items,
    mapping,
    number,
    percent,
    percent_interval,
    setting,
)
from echospan.report.view import RunView


def fact_list(result: Mapping[str, Any]) -> str:
    """The numbers that one looks for first, as a ``<dl>``."""
    facts: list[tuple[str, str, str]] = [
        (
            "accuracy",
            percent(result.get("accuracy"), ""),
            percent_interval(result.get("accuracy_interval")),
        ),
        ("chance", percent(result.get("chance"), ""), ""),
        ("epochs", count(result.get("epochs"), ""), _of_updates(result)),
        ("parameters", count(result.get("parameters"), ""), ""),
    ]
    times = dict(words.time_spent(result))
    if "train" in times:
        rest = [f"{name} {spent}" for name, spent in times.items() if name != "train"]
        facts.append(("training time", times["train"], ", ".join(rest)))
    else:
        facts += [(f"{name} time", spent, "") for name, spent in times.items()]
    loss = number(result.get("loss"))
    if loss is not None:
        facts.append(("final loss", f"{loss:.3g}", ""))
    cells = "\n".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}"
        + (f"<small>{text(detail)}</small>" if detail else "")
        + "</dd></div>"
        for name, value, detail in facts
        if value
    )
    return cells and f'<dl class="facts">\n{cells}\n</dl>'


def _of_updates(result: Mapping[str, Any]) -> str:
    updates = number(result.get("updates"))
    return "" if updates is None else f"{count(updates)} updates"


def settings_table(view: RunView) -> str:
    """The config as dotted names, ready for ``--set``."""
    rows = [
        (f"<code>{text(name)}</code>", text(shown(value))) for name, value in flatten(view.config)
    ]
    return table(("setting", "value"), rows, "Settings", kind="pairs") if rows else ""


def environment_table(view: RunView) -> str:
    """What the run ran on; what is not known is left out."""
    environment = dict(view.environment)
    commit = environment.pop("git_commit", None)
    dirty = environment.pop("git_dirty", None)
    if commit:
        environment["git commit"] = f"{commit}{' (with local changes)' if dirty else ''}"
    rows = []
    for name, value in flatten(environment):
        if value is None or value == {} or value == "":
            continue
        rows.append(
            (text(name.removeprefix("versions.").removeprefix("variables.")), text(shown(value)))
        )
    parts = mapping(view.result.get("seconds"))
    rows += [
        (text(f"seconds, {name}"), text(duration(value)))
        for name, value in parts.items()
        if number(value) is not None
    ]
    return table(("what", "value"), rows, "Environment and time", kind="pairs") if rows else ""


def shown(value: object) -> str:
    """A setting's value as one would type it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    found = items(value)
    if found:
        return ", ".join(shown(one) for one in found)
    return str(value)


def seed_of(view: RunView) -> object:
    """The run's seed from wherever it was kept."""
    for found in (view.seed, view.result.get("seed"), setting(view.config, "seed")):
        if found is not None:
            return found
    return None
