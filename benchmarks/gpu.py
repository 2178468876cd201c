"""On a GPU: one run beside PyTorch with cuDNN, and thousands of runs in one program.

    python -m benchmarks.gpu --envs benchmarks/.envs         # wherever a GPU is at hand
    python -m benchmarks.gpu --write benchmarks/GPU.md       # and keep the table
    python -m benchmarks.gpu --cpu --runs 1,4 --epochs 5     # that it works, without one

Run it with the Python of an environment that has echospan and a JAX that sees the GPU. Where there
is none, the rows say "not measured". Each contender is a process of its own, as in
`make bench`; the times are in steady state, compilation excluded.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, OURS, Contender
from benchmarks.environments import default_folder
from benchmarks.jobs import JOBS, STREAM, Job
from benchmarks.process import NotMeasured
from benchmarks.result import Measured, Spread, spread
from benchmarks.session import Settings, Side, measure
from benchmarks.table import markdown, three

SINGLE = ("window", "stream", "echo-10k", "echo-100k", "gru-10k")
RUNS = (1, 4, 16, 64, 256, 1024, 4096)
PEER = "torch-device"


def device() -> tuple[str, str]:
    """Platform and name of JAX's first device, asked in a process that ends again."""
    code = "import jax, json; d = jax.devices()[0]; print(json.dumps([d.platform, d.device_kind]))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if asked.returncode:
        return "none", asked.stderr.strip().splitlines()[-1]
    platform, name = json.loads(asked.stdout.splitlines()[-1])
    return platform, name


def single(job: Job, settings: Settings, on: str) -> dict[str, Any]:
    """One run of a job by echospan and by PyTorch on the same device."""
    CONTENDERS[PEER] = Contender(
        PEER, "PyTorch", "torch_loop", "torch", ("torch",), options={"device": on}
    )
    asked = dataclasses.replace(settings, peers=[CONTENDERS[PEER]])
    plain = dataclasses.replace(job, peers=(PEER,))
    *_, result = measure(plain, asked)
    ours, theirs = result.measured
    return {
        "job": job.name,
        "title": job.title,
        "ours_ms": milliseconds(ours, result.updates),
        "theirs_ms": milliseconds(theirs, result.updates),
        "ratio": spread(result.ratios(PEER, OURS)),
        "failure": ours.failure or theirs.failure,
    }


def milliseconds(measured: Measured, updates: int) -> Spread | None:
    return spread([1e3 * seconds / updates for seconds in measured.seconds])


def many(runs: int, settings: Settings, epochs: int) -> dict[str, Any]:
    """That many runs of the stream job in one vectorised program."""
    contender = Contender(OURS, "echospan", "ours", options={"fleet": "together"})
    side = Side(contender, Measured(OURS, "echospan"))
    job = Job(f"{runs}", "", STREAM, epochs=epochs, seconds=5, seeds=runs)
    failure = ""
    try:
        side.prepare(job, settings)
        for _ in range(settings.repeats or job.repeats):
            side.repeat()
    except NotMeasured as problem:
        failure = str(problem)
    finally:
        if side.process is not None:
            side.process.end()
    per_second = [runs / seconds for seconds in side.measured.seconds]
    return {"runs": runs, "updates_per_second": spread(per_second), "failure": failure}


def text(where: str, singles: Sequence[dict[str, Any]], fleets: Sequence[dict[str, Any]]) -> str:
    """The two tables; what has no number says so."""
    missing = "not measured"
    one = markdown(
        ["job", "echospan, ms an update", "PyTorch, ms an update", "times echospan's"],
        [
            [
                row["title"],
                three(row["ours_ms"], 3) or missing,
                three(row["theirs_ms"], 3) or missing,
                three(row["ratio"], 1) or missing,
            ]
            for row in singles
        ],
    )
    all_together = markdown(
        ["runs in one program", "updates a second, all runs together"],
        [[f"{row['runs']:,}", three(row["updates_per_second"], 0) or missing] for row in fleets],
    )
    failed = [row["failure"] for row in (*singles, *fleets) if row["failure"]]
    parts = [
        "# On a GPU",
        "Written by `python -m benchmarks.gpu --write benchmarks/GPU.md`; do not edit.",
        where,
        "Median [minimum, maximum] of the repeats. PyTorch runs on the same device, with cuDNN's "
        "layers on a GPU. The runs in one program are the stream job's: LSTM 50, batch 32.",
        one,
        all_together,
        "\n".join(f"- {line}" for line in dict.fromkeys(failed)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", default=",".join(map(str, RUNS)), help="numbers of runs")
    parser.add_argument("--jobs", default=",".join(SINGLE), help="jobs of single runs")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=200, help="most epochs of a timed run")
    parser.add_argument("--envs", type=Path, default=default_folder(), help="peers' environments")
    parser.add_argument("--cpu", action="store_true", help="run on the CPU, to see that it works")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there")
    given = parser.parse_args(arguments)
    try:
        counts = [int(part) for part in given.runs.split(",")]
    except ValueError:
        parser.error(f"--runs must be whole numbers with commas between them; got {given.runs!r}.")
    names = given.jobs.split(",") if given.jobs else []
    for name in names:
        if name not in JOBS or JOBS[name].kind != "train" or JOBS[name].seeds:
            parser.error(f"--jobs must be made of {', '.join(SINGLE)}; got {name!r}.")
    if min(*counts, given.repeats, given.epochs, 1) < 1:
        parser.error("--runs, --repeats and --epochs must be at least 1.")
    if given.cpu and given.write:
        parser.error("--write must be left out with --cpu: only figures of a GPU are kept.")

    # A share of the memory at a time: two processes are on the device at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    platform, name = ("cpu", "the CPU") if given.cpu else device()
    measured = given.cpu or platform == "gpu"
    settings = Settings(
        given.envs.absolute(),
        [],
        given.repeats,
        limit=600,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    if given.cpu:
        os.environ["JAX_PLATFORMS"] = "cpu"
    jobs = [dataclasses.replace(JOBS[each], epochs=given.epochs) for each in names]
    if measured:
        on = "cpu" if given.cpu else "cuda"
        singles = [single(job, settings, on) for job in jobs]
        fleets = [many(runs, settings, given.epochs) for runs in counts]
        where = f"Measured on {datetime.date.today().isoformat()}, {name}."
    else:
        nothing = {"ours_ms": None, "theirs_ms": None, "ratio": None, "failure": ""}
        singles = [{"job": job.name, "title": job.title, **nothing} for job in jobs]
        fleets = [{"runs": n, "updates_per_second": None, "failure": ""} for n in counts]
        where = "Not measured: JAX sees no GPU here."
    if given.json:
        print(json.dumps({"device": name if measured else None, "single": singles, "many": fleets}))
    else:
        print(text(where, singles, fleets))
    if given.write is not None:
        given.write.write_text(text(where, singles, fleets), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
