"""Stored sheets as one result, to be shown side by side and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from echospan.lab.lab import Lab

if TYPE_CHECKING:
    from echospan.report.objects import Comparison, Sheet

FORMS = ("png", "svg", "csv", "json")


def beside(lab: Lab, ids: Sequence[str]) -> Sheet | Comparison:
    """The sheet, or several as a comparison by the rules of `compare`.

    Raises:
        RunNotFound: One was deleted.
        ConfigError: Their tasks or rules differ, so that they can't stand side by side.
    """
    from echospan.spans.compare import compare
    from echospan.spans.keep.reading import read_sheet

    with lab.store() as store:
        sheets = [read_sheet(store.get(one, kind="span")) for one in ids]
    return sheets[0] if len(sheets) == 1 else compare(sheets)


def saved(store: str, ids: Sequence[str], place: str) -> bytes:
    """The content of a file with these sheets; the suffix chooses the form."""
    path = Path(place)
    beside(Lab(Path(store)), ids).save(path)
    return path.read_bytes()
