"""Reports in a store: what a verb took long to find is not lost with the terminal's window."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from echospan.arguments import either, instance
from echospan.arguments import folder as folder_rule
from echospan.errors import ConfigError, CorruptRun, DataError, StoreError
from echospan.results.conform import ConformData
from echospan.results.diagnosis import DiagnosisData
from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData
from echospan.store import Run, Store, describe_environment
from echospan.store.names import slug

if TYPE_CHECKING:
    from echospan.report.document import Card
    from echospan.report.memory_objects import Diagnosis, NeedsReport, UsesReport
    from echospan.report.objects import CheckReport, ConformReport
    from echospan.store.record import Kind

    Report: TypeAlias = CheckReport | ConformReport | Diagnosis | NeedsReport | UsesReport

STORE = either(
    "a folder's path or an echospan.Store", instance("", "echospan.store:Store"), folder_rule
)
"""What an argument `store` may be."""


def check_store(store: str | Path | Store | None) -> None:
    """Refuse a store that can't be written to before anything is measured, not minutes later.

    Raises:
        ConfigError: The folder can't be written to, or made.
    """
    if store is None or isinstance(store, Store):
        return
    folder = Path(store).absolute()
    there = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ConfigError("store", "a folder that can be written to", str(store))


def keep(
    report: Report,
    kind: Kind,
    store: str | Path | Store | None,
    *,
    subject: str,
    settings: Mapping[str, Any],
) -> Run | None:
    """Keep a report: as finished, or as what was found before it was interrupted.

    What cannot be written is a warning: it is measured, and the caller has it.

    Args:
        report: What was found.
        kind: The verb that found it.
        store: A folder, or a store that is open; None for the default.
        subject: What was measured, such as the name of a file or model.
        settings: What it was measured with; of objects, only their type is kept.

    Returns:
        The stored run; None where it could not be written.
    """
    shown = "".join(letter for letter in subject if letter.isprintable())[:200]
    config = {"name": shown, "settings": {name: _plain(one) for name, one in settings.items()}}
    content = json.dumps(config, sort_keys=True)
    try:
        with _opened(store) as opened:
            run = opened.create(
                recipe=f"{kind}-{slug(subject) or 'report'}",
                config=config,
                fingerprint=hashlib.sha256(content.encode()).hexdigest()[:16],
                seed=int(getattr(report, "seed", 0)),
                kind=kind,
                seconds=report.seconds,
            )
            run.save_environment(describe_environment())
            if getattr(report, "stopped", False):
                run.save_result(report.to_dict())
                run.interrupt(outcome_of(report))
            else:
                run.finish(report.to_dict(), outcome_of(report))
            return run
    except StoreError as problem:
        warnings.warn(f"The report is not kept: {problem}", stacklevel=3)
        return None


def read_report(run: Run) -> Report:
    """The report that a store keeps.

    Raises:
        StoreError: None is stored: its process was killed while it wrote.
        CorruptRun: It is damaged.
    """
    try:
        return _class_of(run.summary.kind).from_dict(run.load_result())  # type: ignore[no-any-return]
    except DataError as error:
        raise CorruptRun(f"The result of {run.id} is damaged: {error}") from error


def cards_of_reports(reports: Sequence[Report]) -> list[Card]:
    """The parts of a page about several reports, each with an anchor of its own."""
    cards = [card for report in reports for card in report._page().cards]
    return [replace(card, anchor=f"r{place}") for place, card in enumerate(cards)]


def outcome_of(report: Report) -> str:
    """What a list shows of a report: "needs 12", "uses 6", "weakest link: training", "fault"."""
    if isinstance(report, NeedsData):
        text = f"needs {report.needs}" if report.any_past_helps else "no past helps"
    elif isinstance(report, UsesData):
        text = "undecided" if report.uses is None else f"uses {report.uses}"
    elif isinstance(report, DiagnosisData):
        text = LINKS.get(report.weakest_link, f"weakest link: {report.weakest_link}")
    elif isinstance(report, ConformData):
        faults = ", ".join(check.name for check in report.faults)
        verdict = report.verdict.replace("_", " ")
        text = f"{verdict}: {faults}" if faults else verdict
    else:
        text = ", ".join(report.codes) or "nothing found"
    return text[:200]


LINKS = {"none": "no weak link", "undecided": "undecided"}


def _class_of(kind: str) -> Any:
    from echospan.report import memory_objects, objects

    return {
        "needs": memory_objects.NeedsReport,
        "uses": memory_objects.UsesReport,
        "diagnose": memory_objects.Diagnosis,
        "conform": objects.ConformReport,
        "check": objects.CheckReport,
    }[kind]


def _opened(store: str | Path | Store | None) -> AbstractContextManager[Store]:
    """The store; one that is given open is left so."""
    return nullcontext(store) if isinstance(store, Store) else Store(store)


def _plain(value: Any) -> Any:
    """A setting as JSON; of an object, the name of its type."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple) and len(value) <= 1000:
        return [_plain(one) for one in value]
    return getattr(value, "__qualname__", type(value).__qualname__)
