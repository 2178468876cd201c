"""A stored sheet is opened: a new one, or one to go on with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echospan.errors import ConfigError
from echospan.report.objects import Sheet
from echospan.spans.keep.place import Place
from echospan.spans.keep.reading import read_sheet
from echospan.spans.keep.settings import again
from echospan.spans.keep.sheet import KeptSheet, read_config
from echospan.spans.search.kept import KeptTrials
from echospan.store import Run, Store

NO_BUDGET = "none"
"""What takes a cap away."""


@dataclass(frozen=True)
class Opened:
    """What is to be measured.

    Attributes:
        settings: All arguments that decide what comes out, the model included.
        name: What the model is called; "" for its own name.
        kept: Where its trials are kept.
        finished: The stored sheet, where there is nothing left to do.
        cut: Whether that one was ended by its cap.
    """

    settings: dict[str, Any]
    name: str = ""
    kept: KeptTrials = field(default_factory=KeptTrials)
    finished: Sheet | None = None
    cut: bool = False


@contextmanager
def opened(
    asked: Mapping[str, Any],
    defaults: Mapping[str, Any],
    *,
    name: str | None,
    store: str | Path | Store | Place | None,
    resume: str | None,
) -> Iterator[Opened]:
    """What was asked for, kept in a store where that is wanted, or what a stored sheet says.

    Args:
        asked: All arguments that decide what comes out, defaults included.
        defaults: Their defaults.
        name: What the model is to be called.
        store: Where to keep the sheet; None to keep it nowhere.
        resume: The stored sheet to go on with.

    Raises:
        ConfigError: There is no model, or a setting was given that a stored sheet has its own of.
        RunNotFound: There is no such sheet.
    """
    if resume is None and asked["model"] is None:
        raise ConfigError("model", "given, or else resume with a stored sheet", None)
    settings = {**asked, "budget": lifted(asked["budget"])}
    if resume is None and store is None:
        yield Opened(settings, name or "")
        return
    with Place.of(store) as place:
        if resume is None:
            made = Opened(settings, name or "", KeptSheet(place, settings, name or ""))
        else:
            run = place.store(create=False).get(resume, kind="span")
            made = resumed(place, run, asked, defaults, name)
        with made.kept.guard():
            yield made


def resumed(
    place: Place,
    run: Run,
    asked: Mapping[str, Any],
    defaults: Mapping[str, Any],
    name: str | None = None,
) -> Opened:
    """What a stored sheet says.

    Raises:
        ConfigError: A setting was given that it has its own of, or its cap is spent.
    """
    config = read_config(run)
    if name is not None and name != config["name"]:
        raise ConfigError("name", "left out: a stored sheet keeps its own", name)
    if run.state == "finished":
        return Opened(config["settings"], config["name"], finished=read_sheet(run))
    given, own = asked["budget"], config["settings"].get("budget")
    settings = again(config, {n: v for n, v in asked.items() if n != "budget"}, defaults)
    if given is None and own is not None and capped(run):
        raise ConfigError(
            "budget",
            "given: the stored one is spent",
            given,
            f"Give more than {own}, or {NO_BUDGET!r} for no cap.",
        )
    settings["budget"] = own if given is None else lifted(given)
    return Opened(settings, config["name"], KeptSheet(place, settings, config["name"], run=run))


def capped(run: Run) -> bool:
    """Whether its cap, and nothing else, ended a stored sheet that is not finished."""
    return run.state == "interrupted" and run.summary.outcome != "" and not _stopped(run)


def _stopped(run: Run) -> bool:
    return read_sheet(run).interrupted


def lifted(budget: Any) -> Any:
    """A budget, with None for "none"."""
    return None if isinstance(budget, str) and budget.strip().lower() == NO_BUDGET else budget
