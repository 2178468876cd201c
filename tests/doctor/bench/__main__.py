"""``python -m doctor.bench [CODE ...] [--write]``: run the bench, print its table."""

from __future__ import annotations

import argparse
import sys

from doctor.bench.page import PAGE, write_page
from doctor.bench.runner import BACKENDS, run_backend, run_here, table
from echospan.doctor.explain import catalogue_page


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m doctor.bench", description=__doc__)
    parser.add_argument("codes", nargs="*", help="Only the cases of these codes.")
    parser.add_argument("--here", choices=BACKENDS, help="Run one backend in this process.")
    parser.add_argument(
        "--write", action="store_true", help="Write docs/doctor-bench.md and docs/catalogue.md."
    )
    given = parser.parse_args()
    if given.here:
        run_here(given.here, given.codes)
        return
    outcomes = []
    missing = []
    for backend in BACKENDS:
        found = run_backend(backend, given.codes)
        if found is None:
            missing.append(backend)
        else:
            outcomes += found
    print(table(outcomes))
    for outcome in outcomes:
        if not outcome.detected or outcome.cried:
            print(f"{outcome.backend}: {outcome.code}: {outcome.name}: {outcome}")
    for backend in missing:
        print(f"not run, for it is not installed: {backend}")
    if given.write:
        write_page(outcomes)
        (PAGE.parent / "catalogue.md").write_text(catalogue_page(), "utf-8")
    if any(not o.detected and not o.heuristic for o in outcomes):
        sys.exit(1)


main()
