"""Memory spec sheets as files: one HTML page, a figure, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.report.files import write_whole
from echospan.report.values import finite


def write_sheet(sheet: Mapping[str, Any], path: Path) -> Path:
    """Write one sheet; the suffix says how.

    Args:
        sheet: What `echospan span --json` prints.
        path: Ends in .html, .png, .svg or .json.

    Raises:
        ConfigError: The place cannot be written to.
    """
    if path.suffix.lower() == ".json":
        return _json(sheet, path)
    return _drawn(sheet, path)


def write_comparison(comparison: Mapping[str, Any], path: Path) -> Path:
    """Write a comparison, as `write_sheet` does a sheet.

    Args:
        comparison: What `echospan compare --json` prints.
        path: Ends in .html, .png, .svg or .json.

    Raises:
        ConfigError: The place cannot be written to.
    """
    if path.suffix.lower() == ".json":
        return _json(comparison, path)
    return _drawn(comparison, path)


def _json(content: Mapping[str, Any], path: Path) -> Path:
    return write_whole(path, json.dumps(finite(content), ensure_ascii=False).encode())


def _drawn(content: Mapping[str, Any], path: Path) -> Path:
    if path.suffix.lower() == ".html":
        from echospan.report.sheet_page import page

        return write_whole(path, page(content).encode())
    from echospan.report.figures.save import save
    from echospan.report.figures.sheet import overview

    return save(overview(content.get("sheets") or [content]), path)
