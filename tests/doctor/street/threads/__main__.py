"""``python -m doctor.street.threads [open|blind] [NAME ...] [--quiet]``: check the threads."""

from __future__ import annotations

import argparse

from doctor.street.threads.page import write_threads
from doctor.street.threads.runner import HALVES, by_kind, names, run, summary


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m doctor.street.threads", description=__doc__)
    parser.add_argument("half", nargs="?", choices=(*HALVES, "both"), default="both")
    parser.add_argument("names", nargs="*", help="Only these threads.")
    parser.add_argument("--quiet", action="store_true", help="Print counts only, no findings.")
    parser.add_argument(
        "--write", action="store_true", help="Write the threads' part of docs/doctor-bench.md."
    )
    given = parser.parse_args()
    if given.write and (given.half != "both" or given.names):
        parser.error("--write needs all threads: leave out the half and the names")
    rows = []
    for half in HALVES if given.half == "both" else (given.half,):
        for name in names(half):
            if given.names and name not in given.names:
                continue
            for row in run(half, name):
                rows.append(row)
                if given.quiet:
                    continue
                found = row.findings
                text = found[:150] if isinstance(found, str) else ", ".join(map(" ".join, found))
                print(
                    f"{row.grade:13} {name} {row.layout} ({row.seconds:.1f} s): {text or '-'}",
                    flush=True,
                )
    print(summary(rows))
    print()
    print(by_kind(rows))
    if given.write:
        write_threads(rows)


main()
