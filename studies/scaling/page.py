"""The tables of docs/scaling.md, from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import sentence

BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"

PARTS = {
    "check": "look at all units",
    "claim": "claim, with the folder",
    "worker": "worker: take, write the result",
    "look": "driver: look at the folder",
    "enter": "driver: enter",
    "table": "read the table",
    "other": "the rest",
}


def write(path: Path, measured: Mapping[str, Any]) -> None:
    """Put the tables between the page's marks."""
    text = path.read_text("utf-8")
    for name, table in (("sweep", _sweeps(measured)), ("rows", _rows(measured))):
        begin = BEGIN.format(name)
        before, mark, rest = text.partition(begin)
        _, end, after = rest.partition(END)
        if not (mark and end):
            raise SystemExit(f"{path} has no {begin} with {END} after it")
        text = f"{before}{begin}\n{table}\n{end}{after}"
    path.write_text(text, "utf-8")


def _sweeps(measured: Mapping[str, Any]) -> str:
    found = _of(measured, "sweep")
    lines: list[tuple[str, list[str]]] = [
        (f"{told} (ms a unit)", [f"{each['ms'].get(name, 0.0):.3f}" for each in found])
        for name, told in PARTS.items()
    ]
    lines += [
        ("together (ms a unit)", [f"{each['processor_ms']:.2f}" for each in found]),
        (
            "units a processor second, without workers and table",
            [f"{each['stored_a_processor_second']:,.0f}" for each in found],
        ),
        ("wall time (s)", [f"{each['wall_seconds']:.0f}" for each in found]),
        ("bytes on disk a unit", [f"{each['bytes']:,.0f}" for each in found]),
        ("of these in the index", [f"{each['index_bytes']:,.0f}" for each in found]),
        ("files and folders a unit", [f"{each['entries']:.2f}" for each in found]),
        ("open the store (s)", [f"{each['open_seconds']:.3f}" for each in found]),
        ("`runs list`, opening included (s)", [f"{each['list_seconds']:.3f}" for each in found]),
        ("frame and means by field (s)", [f"{each['aggregate_seconds']:.3f}" for each in found]),
        ("most memory (MiB)", [f"{each['memory']:.0f}" for each in found]),
        ("of these before it began", [f"{each['memory_before']:.0f}" for each in found]),
    ]
    return _table("part", found, lines)


def _rows(measured: Mapping[str, Any]) -> str:
    found = _of(measured, "rows")
    lines = [
        ("enter a row (ms)", [f"{each['enter_ms']:.3f}" for each in found]),
        ("bytes of the index a row", [f"{each['index_bytes']:,.0f}" for each in found]),
        ("open the store (s)", [f"{each['open_seconds']:.3f}" for each in found]),
        ("`runs list`, opening included (s)", [f"{each['list_seconds']:.3f}" for each in found]),
        ("put a row into the result (ms)", [f"{each['row_ms']:.3f}" for each in found]),
        ("memory of the result a row (bytes)", [f"{each['row_bytes']:,.0f}" for each in found]),
        ("frame and means by field (s)", [f"{each['aggregate_seconds']:.3f}" for each in found]),
    ]
    return _table("rows", found, lines)


def _of(measured: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    chosen = [each for name, each in measured.items() if name.startswith(f"{kind}-")]
    return sorted(chosen, key=lambda each: int(each["units"]))


def _table(
    first: str, found: Sequence[Mapping[str, Any]], lines: Sequence[tuple[str, list[str]]]
) -> str:
    head = [first, *(f"{each['units']:,}" for each in found)]
    rows = [head, ["---", *("---:" for _ in found)], *([name, *cells] for name, cells in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    told = "\n".join(
        f"- {each['units']:,}, {each['date']}: {sentence(dict(each['machine']))}" for each in found
    )
    return f"\n{table}\n\nMeasured:\n\n{told}\n"
