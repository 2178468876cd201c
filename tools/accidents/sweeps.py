"""The faults that a sweep must survive, in docs/reliability.md: `make sweep-faults`.

Each is really made, several times, by tests/sweeps/test_faults.py. The table says what it cost.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tools.accidents.page import END, PAGE, ROOT

TESTS = "tests/sweeps/test_faults.py"
BEGIN = "<!-- made by tools/accidents/sweeps -->"
RECORDS = Path(__file__).with_name("sweeps.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the faults, and write the table; 1 where one of them was not survived."""
    parser = argparse.ArgumentParser(prog="make sweep-faults", description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="how often each is made (default: 3)")
    asked = parser.parse_args(arguments)
    tried: dict[str, list[dict[str, Any]]] = {}
    for _ in range(asked.times):
        for name, outcome in made():
            tried.setdefault(name, []).append(outcome)
    date = datetime.now(UTC).date().isoformat()
    records = {name: summed(outcomes, date) for name, outcomes in tried.items()}
    RECORDS.write_text(json.dumps(records, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8"), records), "utf-8")
    print(table(records))
    return int(any(record["failed"] for record in records.values()))


def made() -> list[tuple[str, dict[str, Any]]]:
    """Make each fault once: its name, and what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", TESTS, f"--junitxml={report}"]
        command += ["-o", "junit_family=xunit1"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if not report.exists():
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        if done.returncode:
            print(done.stdout[-5000:], flush=True)
        return read(report.read_text("utf-8"))


def read(report: str) -> list[tuple[str, dict[str, Any]]]:
    """The faults in a JUnit report; those that could not be made here are left out."""
    found = []
    for case in ElementTree.fromstring(report).iter("testcase"):
        told = {each.get("name"): each.get("value") for each in case.iter("property")}
        name = told.get("fault")
        if name is None or case.find("skipped") is not None:
            continue
        bad = case.find("failure") is not None or case.find("error") is not None
        seconds = told.get("seconds")
        found.append(
            (
                name,
                {
                    "failed": int(bad),
                    "lost": int(told.get("lost") or 0),
                    "doubled": int(told.get("doubled") or 0),
                    "seconds": None if seconds is None else float(seconds),
                },
            )
        )
    return found


def summed(outcomes: Sequence[Mapping[str, Any]], date: str) -> dict[str, Any]:
    """What came of several times."""
    seconds = [each["seconds"] for each in outcomes if each["seconds"] is not None]
    return {
        "tried": len(outcomes),
        **{name: sum(each[name] for each in outcomes) for name in ("failed", "lost", "doubled")},
        "seconds": round(statistics.median(seconds), 1) if seconds else None,
        "date": date,
    }


def table(records: Mapping[str, Mapping[str, Any]]) -> str:
    """The rows of the page."""
    lines = [
        "| fault | tried | not survived | results lost | doubled | seconds to finish | made on |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, each in records.items():
        seconds = "–" if each["seconds"] is None else f"{each['seconds']:g}"
        counts = " | ".join(str(each[key]) for key in ("tried", "failed", "lost", "doubled"))
        lines.append(f"| {name} | {counts} | {seconds} | {each['date']} |")
    return "\n".join(lines)


def page(text: str, records: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with the table in its place.

    Raises:
        ValueError: It has no place for it.
    """
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{table(records)}\n{END}", text)


if __name__ == "__main__":
    sys.exit(main())
