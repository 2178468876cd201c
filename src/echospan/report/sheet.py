"""Memory spec sheets as files: one HTML page, a figure, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echospan.report.files import write_whole
from echospan.report.values import finite


def write_sheet(sheets: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write one sheet, or several side by side; the suffix says how.

    Args:
        sheets: What `echospan span --json` prints.
        path: Ends in .html, .png, .svg or .json.

    Raises:
        ConfigError: The place cannot be written to.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        content = sheets[0] if len(sheets) == 1 else {"sheets": list(sheets)}
        return write_whole(path, json.dumps(finite(content), ensure_ascii=False).encode())
    if suffix == ".html":
        from echospan.report.sheet_page import page

        return write_whole(path, page(sheets).encode())
    from echospan.report.figures.save import save
    from echospan.report.figures.sheet import overview

    return save(overview(sheets), path)
