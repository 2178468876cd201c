"""`python -m studies.needs.truths`: what `needs` says of processes whose memory is known."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from studies.needs.exact import standard_errors_below
from studies.needs.processes import JUDGED, PROCESSES

ROOT = Path(__file__).parents[2]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.needs.truths --seeds 5")
def truths(
    out: Annotated[Path, typer.Option(help="Rows found so far. They are not run again.")] = ROOT
    / "build"
    / "needs-truths.json",
    seeds: Annotated[int, typer.Option(min=1, help="Series of each process.")] = 5,
    only: Annotated[list[str] | None, typer.Option(help="A process; left out, all.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Measure each process with each seed, and print how often the answer is right."""
    from echospan.report.files import check_output, write_whole

    out.parent.mkdir(parents=True, exist_ok=True)
    check_output(out, "--out")
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    for name in only or PROCESSES:
        for seed in range(1, seeds + 1):
            key = f"{name}/{seed}"
            if key not in found:
                found[key] = row(name, seed)
                write_whole(out, json.dumps(found, indent=1).encode(), "--out")
                say(f"{key:20} {found[key]}")
    text = table(found, seeds)
    print_text(text)
    if write is not None:
        write_whole(write, text.encode(), "--write")


def row(name: str, seed: int) -> dict[str, Any]:
    """What `needs` says of one series."""
    import echospan

    process = PROCESSES[name]
    series, began = process.make(seed, process.values), time.process_time()
    report = echospan.needs(series, seed=seed)
    without = report.curve[0].loss
    return {
        "at_least": report.at_least,
        "needs": report.needs,
        "enough": report.enough,
        "gain_98": report.gain_98,
        "still_helps": report.still_helps,
        "p_value": report.p_value,
        "lags": [[one.lag, one.column] for one in report.lags if one.beyond_the_others],
        "curve": {point.lookback: round(point.loss / without, 5) for point in report.curve},
        "losses": [[point.lookback, point.loss, *point.interval] for point in report.curve],
        "cpu_seconds": round(time.process_time() - began, 2),
    }


def table(found: dict[str, Any], seeds: int) -> str:
    """The table in Markdown, with every miss below it."""
    lines = [
        "| process | values | right | needs, by seed | at least, by seed | right in |",
        "|---|---:|---|---|---|---:|",
    ]
    misses, right, judged = [], 0, 0
    for name, process in PROCESSES.items():
        done = {
            seed: found[f"{name}/{seed}"]
            for seed in range(1, seeds + 1)
            if f"{name}/{seed}" in found
        }
        needs, least = (
            ", ".join(str(one[key]) for one in done.values()) for key in ("needs", "at_least")
        )
        wanted = process.needs
        hits = [seed for seed, one in done.items() if wanted is None or one["needs"] in wanted]
        score = "" if wanted is None else f"{len(hits)} of {len(done)}"
        lines.append(
            f"| {name} | {process.values:,} | {process.right} ({process.why}) | {needs} | {least} "
            f"| {score} |"
        )
        if name in JUDGED:
            right, judged = right + len(hits), judged + len(done)
        misses += [
            f"- {name}, seed {seed}: needs {one['needs']} where {process.right} is right; loss by "
            "lookback "
            + ", ".join(f"{lookback}: {loss:g}" for lookback, loss in one["curve"].items())
            for seed, one in done.items()
            if seed not in hits
        ]
    lines += ["", f"The first twelve: right in {right} of {judged}.", ""]
    return "\n".join([*lines, *(misses or ["No miss."]), "", below_possible(found), ""])


def below_possible(found: dict[str, Any]) -> str:
    """How far a held-out loss was below the lowest possible one, in its standard errors."""
    farthest: list[tuple[float, str, int]] = []
    count = 0
    for key, one in found.items():
        name, seed = key.rsplit("/", 1)
        below = standard_errors_below(name, int(seed), one["losses"])
        count += len(below)
        farthest += [(far, key, lookback) for lookback, far in below.items()]
    if not farthest:
        return "No loss was compared with the lowest possible one."
    far, key, lookback = max(farthest)
    beyond = sum(each[0] > 2 for each in farthest)
    return (
        f"Of {count:,} held-out losses whose lowest possible value is known, {beyond} are more "
        f"than two standard errors below it; the farthest is {far:.1f} ({key}, lookback "
        f"{lookback})."
    )


if __name__ == "__main__":
    main(app=app, name="python -m studies.needs.truths")
