"""``python -m doctor.street.sound [NAME ...]``: check the sound set-ups, or train them."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from doctor.street.sound.case import SoundCase
from doctor.street.sound.checking import Checked, check, keep, kept
from doctor.street.sound.page import page
from doctor.street.sound.table import cases, record


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m doctor.street.sound", description=__doc__)
    parser.add_argument("names", nargs="*", help="Only these cases, or the cases of these kinds.")
    parser.add_argument("--train", action="store_true", help="Train them instead, and record it.")
    parser.add_argument(
        "--results", type=Path, help="Keep outcomes in this file; what is in it is not run again."
    )
    parser.add_argument("--page", type=Path, help="Write what was found to this Markdown file.")
    given = parser.parse_args()
    chosen = cases(given.names)
    if given.train:
        sys.exit(_train(chosen))
    outcomes = _check(chosen, given.results)
    errors = sum(len(one.of("error")) for one in outcomes)
    warnings = sum(len(one.of("warning")) for one in outcomes)
    failed = sum(bool(one.failure) for one in outcomes)
    print(f"{len(outcomes)} cases: {errors} errors, {warnings} warnings, {failed} failed")
    if given.page:
        given.page.write_text(page(outcomes))
    sys.exit(bool(errors or failed))


def _check(chosen: list[SoundCase], results: Path | None) -> list[Checked]:
    # A case may have moved to another file since.
    named = {case.name: case for case in chosen}
    known = {
        one.name: replace(one, kind=named[one.name].kind, source=named[one.name].source)
        for one in (kept(results) if results else [])
        if one.name in named
    }
    outcomes = []
    for case in chosen:
        if case.name not in known:
            known[case.name] = check(case)
            if results:
                keep(known[case.name], results)
        outcomes.append(known[case.name])
        print(outcomes[-1], flush=True)
    return outcomes


def _train(chosen: list[SoundCase]) -> int:
    from doctor.street.sound.training import train

    bad = 0
    for case in chosen:
        started = time.perf_counter()
        try:
            found = train(case)
        except Exception as error:
            # One case that fails must not hide the others.
            bad += 1
            print(f"FAILED {case.kind}.{case.name}: {type(error).__name__}: {error}"[:400])
            continue
        bad += not found.learns
        record({case.name: found})
        print(
            f"{'learns' if found.learns else 'DOES NOT LEARN'}  {case.kind}.{case.name}: "
            f"{found.first:.4g} -> {found.last:.4g}, constant {found.constant:.4g} "
            f"({time.perf_counter() - started:.0f} s)",
            flush=True,
        )
    return int(bad > 0)


if __name__ == "__main__":
    main()
