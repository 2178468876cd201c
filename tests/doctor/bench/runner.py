"""Running the bench: the cases of one backend in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from doctor.bench.case import Backend, Case, Outcome

ROOT = Path(__file__).parents[3]
TENSORFLOW = ROOT / "benchmarks" / ".envs" / "tensorflow" / "bin" / "python"
BACKENDS: tuple[Backend, ...] = ("torch", "jax", "tensorflow")


def cases() -> list[Case]:
    """All of them."""
    from doctor.bench import (
        block_cases,
        carry_cases,
        catalogue_cases,
        data_cases,
        decoder_cases,
        input_cases,
        keras_repeat_cases,
        learning_cases,
        loader_cases,
        loop_cases,
        loss_cases,
        mask_cases,
        output_cases,
        repeat_cases,
        reshape_cases,
        reviewed_cases,
        row_cases,
        several_cases,
        shape_cases,
        state_cases,
        symmetry_cases,
        torch_cases,
    )

    modules = (
        catalogue_cases,
        state_cases,
        shape_cases,
        data_cases,
        input_cases,
        learning_cases,
        torch_cases,
        loop_cases,
        several_cases,
        reviewed_cases,
        block_cases,
        carry_cases,
        row_cases,
        decoder_cases,
        repeat_cases,
        output_cases,
        symmetry_cases,
        keras_repeat_cases,
        loader_cases,
        loss_cases,
        mask_cases,
        reshape_cases,
    )
    return [case for module in modules for case in module.CASES]


def run(case: Case) -> Outcome:
    """Both halves of one case, in this process."""
    started = time.perf_counter()
    faulty, clean = case.faulty(), case.clean()
    # What a more specific finding stands for is found, too.
    told = {*faulty.codes} | {
        each["code"] for found in faulty.findings for each in found.evidence.get("covers", [])
    }
    errors = {f.code for f in clean.findings if f.severity == "error"} - set(case.allowed)
    raised = {skip for skip in clean.skipped if "the clone failed with" in skip}
    cried = errors | ({case.code} & set(clean.codes)) | raised
    return Outcome(
        code=case.code,
        name=case.name,
        backend=case.backend,
        detected=case.code in told,
        cried=tuple(sorted(cried)),
        heuristic=case.heuristic,
        source=case.source,
        seconds=time.perf_counter() - started,
    )


def run_backend(backend: Backend, only: Sequence[str] = ()) -> list[Outcome] | None:
    """All cases of one backend in a new process; None where it is not installed."""
    python = python_for(backend)
    if python is None:
        return None
    done = subprocess.run(
        [python, "-m", "doctor.bench", "--here", backend, *only],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the cases on {backend} failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return [Outcome(**{**entry, "cried": tuple(entry["cried"])}) for entry in found]


def python_for(backend: Backend) -> str | None:
    """The interpreter that has it."""
    if backend == "tensorflow":
        return str(TENSORFLOW) if TENSORFLOW.exists() else None
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{backend}') is None)"
    return sys.executable if subprocess.run([sys.executable, "-c", code]).returncode == 0 else None


def run_here(backend: Backend, only: Sequence[str]) -> None:
    """The cases of this process's backend; the outcomes are the last line printed."""
    chosen = [c for c in cases() if c.backend == backend and (not only or c.code in only)]
    found = []
    for case in chosen:
        try:
            outcome = run(case)
        except Exception as error:
            # One case that fails must not hide the others.
            said = f"{type(error).__name__}: {error}"[:200]
            outcome = Outcome(
                case.code, case.name, case.backend, False, (said,), False, case.source, 0.0
            )
        found.append(asdict(outcome))
        told = "ok" if outcome.detected and not outcome.cried else f"detected={outcome.detected}"
        cried = f" cried={','.join(outcome.cried)}" if outcome.cried else ""
        print(
            f"{told}{cried}  {case.code}: {case.name} ({outcome.seconds:.1f} s)",
            file=sys.stderr,
            flush=True,
        )
    print(json.dumps(found))


def table(outcomes: Iterable[Outcome]) -> str:
    """Detected, missed and false alarms by code, as a Markdown table."""
    from echospan.doctor import catalogue

    found = list(outcomes)
    lines = [
        "| code | cases | detected | missed | false alarms on the twins | backends |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for code in catalogue():
        own = [o for o in found if o.code == code]
        if own:
            lines.append(
                f"| {code}{' (heuristic)' if all(o.heuristic for o in own) else ''} "
                f"| {len(own)} | {sum(o.detected for o in own)} "
                f"| {sum(not o.detected for o in own)} | {sum(bool(o.cried) for o in own)} "
                f"| {', '.join(sorted({o.backend for o in own}))} |"
            )
    lines.append(
        f"| **all** | {len(found)} | {sum(o.detected for o in found)} "
        f"| {sum(not o.detected for o in found)} | {sum(bool(o.cried) for o in found)} | |"
    )
    return "\n".join(lines)
