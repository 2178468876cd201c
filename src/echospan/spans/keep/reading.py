"""Finished sheets: from a store, from a file, or as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.errors import CorruptRun, DataError, StoreError
from echospan.given import read_given_text
from echospan.limits import sizes
from echospan.report.objects import Comparison, Sheet
from echospan.results.tolerant import tables
from echospan.store import Run


def read_result(run: Run) -> Sheet | Comparison:
    """What was found so far by a stored sheet or comparison.

    Raises:
        StoreError: Nothing is stored yet.
        CorruptRun: It is damaged.
    """
    try:
        content = run.load_result()
    except CorruptRun:
        raise
    except StoreError as error:
        raise StoreError(
            f"{run.id} ({run.state}) has no sheet yet: it was cut off before one was made. Go on "
            f"with: echospan {run.summary.kind} --resume {run.id}"
        ) from error
    try:
        return made_of(content)
    except DataError as error:
        raise CorruptRun(f"The result of {run.id} is damaged: {error}") from error


def read_sheet(run: Run) -> Sheet:
    """The sheet of a stored one; see `read_result`."""
    result = read_result(run)
    if not isinstance(result, Sheet):
        raise CorruptRun(f"The result of {run.id} is no sheet.")
    return result


def read_comparison(run: Run) -> Comparison:
    """The comparison of a stored one; see `read_result`."""
    result = read_result(run)
    if not isinstance(result, Comparison):
        raise CorruptRun(f"The result of {run.id} is no comparison.")
    return result


def read_file(path: str | Path) -> Sheet | Comparison:
    """The sheet or the comparison in a .json file that ``-o`` or `Sheet.save` wrote.

    Raises:
        DataError: There is no such file, or it holds something else.
    """
    text = read_given_text(path, "a .json file of a sheet", sizes.RESULT_FILE)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON: {error}.") from None
    if not isinstance(content, Mapping):
        raise DataError(f"{path} holds no sheet. `echospan span -o sheet.json` writes one.")
    try:
        return made_of(content)
    except DataError as error:
        raise DataError(f"{path} holds no sheet: {error}") from None


def made_of(content: Mapping[str, Any]) -> Sheet | Comparison:
    """The sheet or the comparison that `to_dict` gave, through JSON or not.

    Raises:
        DataError: It is neither.
    """
    if "sheets" in content:
        sheets = [Sheet.from_dict(sheet) for sheet in tables(content["sheets"])]
        return Comparison.from_dict({**content, "sheets": sheets})
    return Sheet.from_dict(content)
