"""Runs command lines one after another in one process with little memory; reports how each ended.

Standard input: a JSON list of [arguments, file for standard input or null].
Standard output: one JSON object for each.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
import traceback

MEMORY = 3 << 30
SECONDS = 120


def main() -> None:
    cases = json.load(sys.stdin)
    results = os.fdopen(os.dup(1), "w")
    _warm_up()
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    for arguments, given in cases:
        results.write(json.dumps(_one(arguments, given)) + "\n")
        results.flush()
    os._exit(0)


def _warm_up() -> None:
    import jax

    import echospan.adapters.resolve
    import echospan.doctor.check
    import echospan.runner.study
    import echospan.serve
    import echospan.spans.compare  # noqa: F401

    jax.jit(lambda x: x @ x)(jax.numpy.ones((8, 8))).block_until_ready()


def _one(arguments: list[str], given: str | None) -> dict[str, object]:
    from echospan.cli.main import run

    out, err = io.StringIO(), io.StringIO()
    timed_out, began = False, time.perf_counter()

    def late(number: int, frame: object) -> None:
        nonlocal timed_out
        if timed_out:
            raise KeyboardInterrupt
        timed_out = True
        signal.alarm(5)
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    before = sys.stdin
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            sys.stdin = io.StringIO("") if given is None else open(given)  # noqa: SIM115
            code: int | str = run(arguments)
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"[:300]
        err.write(traceback.format_exc()[-1500:])
    finally:
        signal.alarm(0)
        sys.stdin = before
    return {
        "arguments": arguments,
        "code": code,
        "out": out.getvalue()[:300],
        "err": err.getvalue()[-2000:],
        "seconds": round(time.perf_counter() - began, 2),
        "late": timed_out,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


if __name__ == "__main__":
    main()
