"""The faults that a sweep must survive, in docs/reliability.md: `make sweep-faults`.

Each is really made, several times, by tests/sweeps/test_faults.py and test_engines.py. The table
says what it cost. Those of a group that is made 0 times keep what they came to before.
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

POOL = "tests/sweeps/test_faults.py"
ENGINES = "tests/sweeps/test_engines.py"
TESTS = {
    "pool": (POOL,),
    "engines": (
        f"{ENGINES}::test_a_driver_killed_and_started_again_loses_and_doubles_nothing",
        f"{ENGINES}::test_a_node_killed_in_the_middle_loses_and_doubles_nothing",
    ),
}
"""The faults of each group, which may be made more or less often."""
BEGIN = "<!-- made by tools/accidents/sweeps -->"
RECORDS = Path(__file__).with_name("sweeps.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the faults, and write the table; 1 where one of them was not survived."""
    parser = argparse.ArgumentParser(prog="make sweep-faults", description=__doc__)
    for group, times in (("pool", 5), ("engines", 3)):
        parser.add_argument(
            f"--{group}", type=int, default=times, metavar="TIMES",
            help=f"how often each fault of this group is made (default: {times})",
        )  # fmt: skip
    asked = vars(parser.parse_args(arguments))
    records = json.loads(RECORDS.read_text("utf-8")) if RECORDS.exists() else {}
    for group, tests in TESTS.items():
        tried: dict[str, list[dict[str, Any]]] = {}
        for _ in range(asked[group]):
            for name, outcome in made(tests):
                tried.setdefault(name, []).append(outcome)
        date = datetime.now(UTC).date().isoformat()
        records.update({name: summed(outcomes, date) for name, outcomes in tried.items()})
    RECORDS.write_text(json.dumps(records, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8"), records), "utf-8")
    print(table(records))
    return int(any(record["failed"] for record in records.values()))


def made(tests: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Make each fault of these tests once: its name, and what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *tests, f"--junitxml={report}"]
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
