"""The "window" job: echospan beside a PyTorch loop and beside Keras ``fit``, in one run.

    python benchmarks/make_envs.py            # once: the peers' environments
    python benchmarks/window.py               # one core, 5 interleaved repeats
    python benchmarks/window.py --write       # and rewrite RESULTS.md

Run it with the Python of the environment in which echospan is installed. Compared is training time
an epoch (4 updates), compilation and warm-up excluded on every side: for echospan
``seconds.train`` of its own report, which includes drawing the data; for the peers the clock of
their scripts, which leaves drawing the data out. echospan and PyTorch train ``--epochs`` epochs.
Keras ``fit`` trains ``--fit-epochs``, since its time an epoch does not change along the way.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import (
    Contender,
    Measured,
    NotMeasuredError,
    machine,
    pin,
    ratios,
    side_by_side,
    spread,
)
from make_envs import python_of

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
OURS = "echospan"
TARGETS = {"PyTorch loop": 6, "Keras fit on tensorflow": 100}


def read_peer(printed: dict[str, Any]) -> dict[str, Any]:
    return {key: printed[key] for key in ("ms_per_epoch", "epochs", "accuracy")}


def read_echospan(printed: dict[str, Any]) -> dict[str, Any]:
    return {
        "ms_per_epoch": 1e3 * printed["seconds"]["train"] / printed["epochs"],
        "epochs": printed["epochs"],
        "accuracy": printed["accuracy"],
    }


def contenders(epochs: int, fit_epochs: int, store: str) -> list[Contender]:
    """echospan first, then its peers."""

    def peer(name: str, script: str, environment: str | None, count: int, **variables: str):
        python = python_of(environment) if environment else Path(sys.executable)
        return Contender(
            name,
            [str(python), str(HERE / "peers" / script), "--epochs", str(count)],
            read_peer,
            variables,
            missing=python,
            remedy=f"python benchmarks/make_envs.py {environment}",
        )

    program = Path(sys.executable).parent / "echospan"
    command = [str(program), "run", "window", "--json", "--store", store]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    fit = "window_keras_fit.py"
    return [
        Contender(
            OURS,
            [*command, "--epochs", str(epochs)],
            read_echospan,
            missing=program,
            remedy="pip install -e .",
        ),
        peer("PyTorch loop", "window_torch.py", "torch", epochs),
        peer("Keras fit on jax", fit, None, fit_epochs, KERAS_BACKEND="jax"),
        peer(
            "Keras fit on tensorflow",
            fit,
            "tensorflow",
            fit_epochs,
            KERAS_BACKEND="tensorflow",
            **quiet,
        ),
    ]


def summary(results: list[Measured]) -> list[dict[str, Any]]:
    """One row per contender: times, ratios to echospan, the target where there is one."""
    ours = next(each for each in results if each.name == OURS)
    rows = []
    for each in results:
        row: dict[str, Any] = {"name": each.name, "failure": each.failure or None}
        if each.runs:
            row["ms_per_epoch"] = spread(each.times)
            row["epochs"] = each.runs[0]["epochs"]
            row["accuracy"] = spread([run["accuracy"] for run in each.runs])
            row["process_seconds"] = spread([run["process_seconds"] for run in each.runs])
            row["settings"] = each.runs[0]["printed"].get("settings")
            row["versions"] = each.runs[0]["printed"].get("versions")
            if ours.runs and each is not ours:
                row["times_echospan"] = spread(ratios(each, ours))
        row["target"] = TARGETS.get(each.name)
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The summary as a Markdown table."""

    def three(values: dict[str, float] | None, digits: int) -> str:
        if values is None:
            return "not measured"
        low, high = f"{values['min']:.{digits}f}", f"{values['max']:.{digits}f}"
        return f"{values['median']:.{digits}f} [{low}, {high}]"

    lines = [
        "| contender | epochs | ms an epoch | times echospan's | target | process, s | accuracy |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        is_ours = row["name"] == OURS and "ms_per_epoch" in row
        against = "1" if is_ours else three(row.get("times_echospan"), 1)
        cells = [
            row["name"],
            str(row.get("epochs", "")),
            three(row.get("ms_per_epoch"), 3),
            against,
            str(row["target"] or ""),
            three(row.get("process_seconds"), 1),
            three(row.get("accuracy"), 3),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    failed = [row for row in rows if row["failure"]]
    lines += [f"\n{row['name']} was not measured: {row['failure']}" for row in failed]
    return "\n".join(lines)


def document(result: dict[str, Any]) -> str:
    """RESULTS.md: the table, and what it was measured on and with."""
    where = result["machine"]
    versions = "\n".join(
        f"- {row['name']}: "
        + ", ".join(f"{name} {version}" for name, version in (row["versions"] or {}).items())
        for row in result["rows"]
        if row.get("versions")
    )
    settings = "\n".join(
        f"- {row['name']}, settings of the first repeat: "
        + ", ".join(f"{name} {value}" for name, value in row["settings"].items())
        for row in result["rows"]
        if isinstance(row.get("settings"), dict)
    )
    return f"""# Results

Written by `python benchmarks/window.py --write`; do not edit.

## The window job, training time

Median [minimum, maximum] of {result["repeats"]} interleaved repeats; ratios are taken within a
repeat. An epoch is 4 updates; compilation and warm-up are excluded on every side. "Process" is the
whole command for that number of epochs, start-up and compilation included (PyTorch's includes the
trials that choose its settings). Accuracy is on new sequences after those epochs.

{table(result["rows"])}

{result["date"]}, {where["cpu"]}, {where["cores_used"]} of {where["cores"]} cores,
{where["memory_gib"]} GiB, {where["system"]}, {where["libc"]}, Python {where["python"]};
load average at the start {where["load_average"]}.

{versions}
{settings}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2000, help="echospan and PyTorch")
    parser.add_argument("--fit-epochs", type=int, default=100, help="Keras fit")
    parser.add_argument("--cores", choices=["1", "all"], default="1", help="cores to pin to")
    parser.add_argument("--json", action="store_true", help="print one JSON object, no table")
    parser.add_argument("--write", action="store_true", help=f"rewrite {RESULTS.name}")
    arguments = parser.parse_args()
    for name in ("repeats", "epochs", "fit_epochs"):
        if getattr(arguments, name) < 1:
            option = name.replace("_", "-")
            parser.error(f"--{option} must be at least 1; got {getattr(arguments, name)}.")
    try:
        cores = pin(1 if arguments.cores == "1" else None)
    except NotMeasuredError as problem:
        parser.error(str(problem))

    described = machine(cores)
    with tempfile.TemporaryDirectory() as store:
        sides = contenders(arguments.epochs, arguments.fit_epochs, store)
        results = side_by_side(
            sides, arguments.repeats, lambda line: print(line, file=sys.stderr, flush=True)
        )
    result = {
        "job": "window",
        "date": datetime.date.today().isoformat(),
        "machine": described,
        "repeats": arguments.repeats,
        "rows": summary(results),
    }
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print(f"{described['cpu']}, {len(cores)} of {described['cores']} cores\n")
        print(table(result["rows"]))
    if arguments.write:
        RESULTS.write_text(document(result), encoding="utf-8")
    return 1 if any(row["failure"] for row in result["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
