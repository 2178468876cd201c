"""The table in docs/reliability.md, from `table.toml` and the records."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
TABLE = Path(__file__).with_name("table.toml")
RECORDS = Path(__file__).with_name("records.json")
BEGIN, END = "<!-- made by tools/accidents -->", "<!-- end -->"


@dataclass(frozen=True)
class Kind:
    """A kind of accident.

    Attributes:
        name: Its name in the table.
        about: What it is, for the page.
        tests: Files, or ``file::test``, that try it.
        before: How many of how many attempts ended badly before it was mended; None where they
            were not counted in the same way.
    """

    name: str
    about: str
    tests: tuple[str, ...]
    before: tuple[int, int] | None = None


@dataclass(frozen=True)
class Record:
    """What counting came to: attempts, those that ended badly, tests that could not be run here."""

    tried: int
    failed: int
    skipped: int
    date: str


def kinds() -> list[Kind]:
    """All of the table, in its order."""
    read = tomllib.loads(TABLE.read_text("utf-8"))
    made = []
    for name, row in read.items():
        before = tuple(row["before"]) if "before" in row else None
        made.append(Kind(name, row["about"], tuple(row["tests"]), before))
    return made


def load() -> dict[str, Record]:
    """The records by name of the kind."""
    if not RECORDS.exists():
        return {}
    return {name: Record(**row) for name, row in json.loads(RECORDS.read_text("utf-8")).items()}


def save(records: Mapping[str, Record]) -> None:
    """Write the records, in this order."""
    kept = {name: asdict(record) for name, record in records.items()}
    RECORDS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def table(kinds: Sequence[Kind], records: Mapping[str, Record]) -> str:
    """The rows of the page."""
    lines = [
        "| kind of accident | tried | failed before | failed now | counted on | kept by |",
        "|---|---:|---:|---:|---|---|",
    ]
    for kind in kinds:
        known = records.get(kind.name)
        before = "not counted" if kind.before is None else "{:,} of {:,}".format(*kind.before)
        numbers = f"{known.tried:,} | {before} | {known.failed:,} | {known.date}" if known else (
            f"not run | {before} | not run | –"
        )  # fmt: skip
        files = list(dict.fromkeys(test.partition("::")[0] for test in kind.tests))
        lines.append(f"| {kind.about} | {numbers} | {', '.join(f'`{file}`' for file in files)} |")
    return "\n".join(lines)


def page(text: str, kinds: Sequence[Kind], records: Mapping[str, Record]) -> str:
    """The page with the table in its place.

    Raises:
        ValueError: It has no place for it.
    """
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    made = f"{BEGIN}\n{table(kinds, records)}\n{END}"
    return pattern.sub(lambda _: made, text)


def write(kinds: Sequence[Kind], records: Mapping[str, Record]) -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text("utf-8"), kinds, records), "utf-8")
