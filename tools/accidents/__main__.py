"""The command line: `python -m tools.accidents`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tools.accidents.page import ROOT, Kind, Record, kinds, load, save, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Count what was asked for; 1 where an attempt ended badly."""
    every = {kind.name: kind for kind in kinds()}
    parser = argparse.ArgumentParser(prog="make accidents", description=__doc__)
    parser.add_argument("--only", choices=list(every), action="append", help="may be repeated")
    records = load()
    for name in parser.parse_args(arguments).only or every:
        records[name] = counted(every[name])
        print(f"{name}: {records[name]}", flush=True)
        save({each: records[each] for each in every if each in records})
        write(list(every.values()), records)
    return int(any(record.failed for record in records.values()))


def counted(kind: Kind) -> Record:
    """Run the tests of a kind, quick and slow, and count their attempts."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"]
        # The family of reports that holds properties of tests.
        command += ["-o", "junit_family=xunit1", *kind.tests]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if not report.exists():
            raise SystemExit(f"{kind.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        if done.returncode:
            print(done.stdout[-5000:], flush=True)
        return read(report.read_text("utf-8"))


def read(report: str) -> Record:
    """Count the attempts in a JUnit report.

    A test is one attempt, unless it tells by the properties ``tried`` and ``failed``. One that was
    skipped tried nothing.
    """
    tried = failed = skipped = 0
    for case in ElementTree.fromstring(report).iter("testcase"):
        told = {each.get("name"): int(each.get("value", 0)) for each in case.iter("property")}
        bad = case.find("failure") is not None or case.find("error") is not None
        if case.find("skipped") is not None:
            skipped += 1
            continue
        tried += told.get("tried", 1)
        failed += max(told.get("failed", 0), int(bad))
    return Record(tried, failed, skipped, datetime.now(UTC).date().isoformat())


if __name__ == "__main__":
    sys.exit(main())
