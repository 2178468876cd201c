"""Measure how a sweep scales: `python -m studies.scaling`, or `make scaling`.

Each size is measured in a process of its own and written to `measured.json` as it comes; sizes that
stand there are left alone unless `--again` is given. `--write docs/scaling.md` renders the tables.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from studies.scaling import one, page, rows

MEASURED = Path(__file__).with_name("measured.json")
KINDS = {"sweep": one.measure, "rows": rows.measure}


def main() -> int:
    """Measure what is missing, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m studies.scaling", description=__doc__)
    parser.add_argument("--units", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--folder", type=Path, help="where the stores lie meanwhile")
    parser.add_argument("--again", action="store_true", help="also what is measured already")
    parser.add_argument("--write", type=Path, help="the page whose tables are rendered")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            print(json.dumps(KINDS[asked.child[0]](int(asked.child[1]), Path(folder))))
        return 0
    wanted = [("sweep", each) for each in asked.units] + [("rows", each) for each in asked.rows]
    for kind, units in wanted:
        known = read()
        name = f"{kind}-{units}"
        if name in known and not asked.again:
            continue
        machine = describe()
        known[name] = {
            **_child(kind, units, asked.folder),
            "machine": machine,
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
        }
        MEASURED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    if asked.write:
        page.write(asked.write, read())
    return 0


def read() -> dict[str, Any]:
    """What is measured."""
    return json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}


def _child(kind: str, units: int, folder: Path | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "studies.scaling", "--child", kind, str(units)]
    if folder is not None:
        command += ["--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made


if __name__ == "__main__":
    sys.exit(main())
