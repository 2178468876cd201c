"""`python -m studies.needs.peers`: other rules for the number of past values, on known memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from studies.needs import forecasters, orders
from studies.needs.peers_table import as_csv, table
from studies.needs.processes import PROCESSES, Series, noise, uniform
from studies.needs.truths import ROOT, row

Rule = Callable[[Series], int | None]

RULES: dict[str, Rule] = {
    "2 x horizon": orders.twice_horizon,
    "PACF, first run": orders.partial_first,
    "PACF, largest lag": orders.partial_largest,
    "PACF, largest, 64 tests": orders.partial_together,
    "AR order, AIC": orders.autoregression_aic,
    "AR order, BIC": orders.autoregression_bic,
    "skforecast grid, ridge": forecasters.searched_ridge,
    "skforecast grid, LightGBM": forecasters.searched_boosting,
    "skforecast selection, ridge": forecasters.selected_ridge,
    "Markov order, AIC": orders.markov_aic,
    "Markov order, BIC": orders.markov_bic,
    "vlmc, Bayesian tree": orders.context_tree,
    "vlmc, BIC tree": orders.context_tree_bic,
}
"""By the name in the table. Those of mutual information share their estimates, and follow."""

INFORMATION = {
    "mutual information, first run": orders.information_first,
    "mutual information, largest": orders.information_largest,
}

OURS = "echospan needs"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.needs.peers --seeds 5")
def peers(
    out: Annotated[Path, typer.Option(help="Answers found so far. They are not run again.")] = ROOT
    / "build"
    / "needs-peers.json",
    truths: Annotated[Path, typer.Option(help="Rows of studies.needs.truths.")] = ROOT
    / "build"
    / "needs-truths.json",
    seeds: Annotated[int, typer.Option(min=1, help="Series of each process.")] = 5,
    only: Annotated[list[str] | None, typer.Option(help="A process; left out, all.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="A rule, or `echospan needs`.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every answer to this CSV file.")] = None,
) -> None:
    """Ask each rule about each series, and print how often it is right."""
    from echospan.report.files import check_output, write_whole

    out.parent.mkdir(parents=True, exist_ok=True)
    check_output(out, "--out")
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    ours: dict[str, Any] = json.loads(truths.read_text()) if truths.exists() else {}
    judged = [name for name, process in PROCESSES.items() if process.needs is not None]
    skipped = set(skip or [])
    warm = False
    for seed in range(1, seeds + 1):
        for name in only or judged:
            key = f"{name}/{seed}"
            process, done = PROCESSES[name], found.setdefault(key, {})
            missing = {*RULES, *INFORMATION} - skipped - set(done)
            if missing:
                if not warm:
                    # What is imported at the first call is no part of the time.
                    for short in (noise(0, 400), uniform(2)(0, 400)):
                        _answers(short, missing)
                    warm = True
                done |= _answers(process.make(seed, process.values), missing)
            if key not in ours and OURS not in skipped:
                ours[key] = row(name, seed)
            if key in ours:
                done[OURS] = [ours[key]["needs"], ours[key]["cpu_seconds"]]
            write_whole(out, json.dumps(found, indent=1).encode(), "--out")
            say(f"{key:20} {done}")
    rules = [OURS, *RULES, *INFORMATION]
    text = table(found, rules)
    print_text(text)
    if write is not None:
        write_whole(write, text.encode(), "--write")
    if csv is not None:
        write_whole(csv, as_csv(found, rules).encode(), "--csv")


def _answers(series: Series, names: set[str]) -> dict[str, list[float] | None]:
    """The answer and the CPU seconds of some rules; None of those that don't apply."""
    found: dict[str, list[float] | None] = {}
    for name in [one for one in RULES if one in names]:
        began = time.process_time()
        answer = RULES[name](series)
        seconds = round(time.process_time() - began, 3)
        found[name] = None if answer is None else [answer, seconds]
    shared = [one for one in INFORMATION if one in names]
    if shared:
        began = time.process_time()
        estimates = orders.information(series)
        seconds = round(time.process_time() - began, 3)
        found |= {name: [INFORMATION[name](*estimates), seconds] for name in shared}
    return found


if __name__ == "__main__":
    main(app=app, name="python -m studies.needs.peers")
