"""What a comparison is asked for: models, and sheets that are finished already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from echospan.errors import ConfigError
from echospan.models import MODELS
from echospan.report.objects import Sheet
from echospan.results.comparison import ComparisonData
from echospan.results.sheet import SheetData
from echospan.spans.keep.reading import read_file, read_result
from echospan.spans.keep.settings import display_name
from echospan.store import Store

TOLD = (
    "Pass models as names, functions or files (compare('lstm', 'gru')), and sheets as Sheet "
    "objects, .json files or ids of stored ones."
)


@dataclass(frozen=True)
class Entry:
    """One of the models that are compared.

    Attributes:
        model: The model as it was given; None for a sheet.
        sheet: The finished sheet; None for a model that is to be measured.
        name: What it is called; "" for its own name.
    """

    model: Any = None
    sheet: Sheet | None = None
    name: str = ""


def entries_of(
    given: Sequence[Any], names: Sequence[str], store: Callable[[], Store], least: int = 2
) -> list[Entry]:
    """What is compared, in order; a comparison stands for its sheets.

    Args:
        given: Models and sheets, as they were passed.
        names: What they are to be called, in order; may be fewer.
        store: Opens the store in which ids are looked up.
        least: The fewest that make a comparison.

    Raises:
        ConfigError: There are too few, or one of them twice.
        RunNotFound: No stored sheet has that id.
        DataError: A file holds no sheet.
    """
    if len(names) > len(given):
        raise ConfigError("names", f"at most one for each of the {len(given)} models", list(names))
    found: list[Entry] = []
    for each, name in zip_longest(given, names, fillvalue=""):
        sheets = _sheets(each, store)
        if name and len(sheets) > 1:
            raise ConfigError("names", "left out for a comparison of several models", name)
        found += [Entry(None, sheet, name) for sheet in sheets] or [Entry(each, None, name)]
    texts = [_text(entry) for entry in found]
    if len(found) < least or len(set(texts)) < len(texts):
        shown = [_shown(entry) or _text(entry) for entry in found]
        raise ConfigError("models", "two or more different models", shown, TOLD)
    return _told_apart(found)


def is_stored(text: str) -> bool:
    """Whether a text names a stored sheet or comparison: "latest", or an id's beginning."""
    if text == "latest" or text.startswith("latest:"):
        return True
    return re.match(r"(span|compare)-", text) is not None and text not in MODELS.names()


def _sheets(given: Any, store: Callable[[], Store]) -> tuple[Sheet, ...]:
    """The sheets that something stands for; none for a model."""
    if isinstance(given, str | Path) and str(given).endswith(".json"):
        given = read_file(given)
    elif isinstance(given, str) and is_stored(given):
        given = read_result(_stored(given, store()))
    if isinstance(given, ComparisonData):
        return tuple(Sheet.from_dict(sheet.to_dict()) for sheet in given.sheets)
    if isinstance(given, SheetData):
        return (given if isinstance(given, Sheet) else Sheet.from_dict(given.to_dict()),)
    return ()


def _stored(text: str, store: Store) -> Any:
    if text == "latest":
        return store.get("latest:span")
    run = store.get(text)
    return run if run.summary.kind == "compare" else store.get(text, kind="span")


def _text(entry: Entry) -> str:
    """What tells one from another; an object whose text fails is told by its place."""
    if entry.sheet is not None:
        return f"{entry.sheet.model} ({hash(repr(entry.sheet.to_dict())):x})"
    try:
        return str(entry.model)
    except Exception:
        return object.__repr__(entry.model)


def _told_apart(entries: Iterable[Entry]) -> list[Entry]:
    """With names that differ: the whole text of a model, or a number, where short ones do not."""
    entries = list(entries)
    shown = [_shown(entry) for entry in entries]
    for place, entry in enumerate(entries):
        if entry.name or shown.count(shown[place]) == 1:
            continue
        if entry.sheet is None and display_name(entry.model):
            entries[place] = replace(entry, name=str(entry.model))
        elif entry.sheet is not None:
            number = shown[: place + 1].count(shown[place])
            entries[place] = replace(entry, name=f"{shown[place]} ({number})")
    final = [_shown(entry) for entry in entries]
    if doubled := sorted({name for name in final if name and final.count(name) > 1}):
        raise ConfigError("names", "different for each model", doubled[0])
    return entries


def _shown(entry: Entry) -> str:
    if entry.name:
        return entry.name
    if entry.sheet is not None:
        return entry.sheet.model
    return display_name(entry.model) or _own_name(entry.model)


def _own_name(model: Any) -> str:
    if isinstance(model, str):
        return model
    if isinstance(model, Mapping):
        return str(model.get("kind", ""))
    return str(getattr(model, "__name__", "") or "")
