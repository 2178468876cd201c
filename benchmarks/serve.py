"""Load on `echospan serve`: rate, 99th percentile, memory, wrong answers.

    python -m benchmarks.serve                      # a small model is trained first
    python -m benchmarks.serve --write docs/load.md # and keep the table

The load comes from wrk (Debian's package), a compiled client on the same cores. What it can't do is
read answers, so a second test steps as many sessions from a client in Python and compares each
answer with the offline computation, before, while and after the load.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import machine
from echospan.client import Client, ServerError
from echospan.serve import Stepper, load
from echospan.store import Store

SESSIONS = 100
MANY = 10_000
THREADS = 8

LUA = """
local sessions = {%s}
local place = 0
function request()
  place = place %% #sessions + 1
  local body = string.format('{"value": %%d}', math.random(0, %d))
  return wrk.format("POST", "/sessions/" .. sessions[place] .. "/step", nil, body)
end
function init() wrk.headers["Content-Type"] = "application/json" end
local counts = {}
function response(status) counts[status] = (counts[status] or 0) + 1 end
"""


@dataclass
class Load:
    """What was measured."""

    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    failed: int = 0
    compared: int = 0
    wrong: int = 0
    memory: dict[str, float] = field(default_factory=dict)
    steps_a_call: float = 0.0


@contextmanager
def serving(store: Path, *options: str) -> Iterator[str]:
    """`echospan serve` in a process of its own; its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", "serve", "latest:stream", "--store", str(store),
         "--port", "0", "--json", "--rate", "1000000", *options],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(60)


def metric(url: str, name: str) -> float:
    """The sum of a metric over its labels."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        text = answer.read().decode()
    rows = re.findall(rf"^echospan_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    return sum(map(float, rows))


def with_wrk(url: str, symbols: int, seconds: int, found: Load) -> None:
    """Single steps of open sessions by wrk."""
    client = Client(url)
    sessions = [client.open().id for _ in range(SESSIONS)]
    before = metric(url, "steps_total"), metric(url, "batches_total")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA % (", ".join(f'"{name}"' for name in sessions), symbols - 1))
        script.flush()
        wrk = ["wrk", "-t1", f"-c{SESSIONS}", f"-d{seconds}s", "--latency", "-s", script.name, url]
        told = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
    found.rate = float(re.search(r"Requests/sec:\s*([\d.]+)", told)[1])  # type: ignore[index]
    found.p50, found.p99 = (
        _milliseconds(re.search(rf"{share}%\s+([\d.]+)(us|ms|s)\b", told)) for share in (50, 99)
    )
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    errors = re.search(r"Socket errors: .*", told)
    found.failed = int(refused[1]) if refused else 0
    if errors:
        found.failed += sum(map(int, re.findall(r"\d+", errors[0])))
    after = metric(url, "steps_total"), metric(url, "batches_total")
    found.steps_a_call = (after[0] - before[0]) / max(after[1] - before[1], 1)


def _milliseconds(match: re.Match[str] | None) -> float:
    assert match is not None
    return float(match[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[match[2]]


def compared(url: str, store: Path, steps: int, found: Load) -> None:
    """Every answer of sessions that are stepped concurrently, beside the offline computation."""
    with Store(store, create=False) as opened:
        trained = load(opened.get("latest:stream"))
    inputs = np.random.default_rng(1).integers(0, trained.symbols, (SESSIONS, steps), "int32")
    offline = []
    for row in inputs:
        with Stepper(trained) as stepper:
            made = [stepper.step(np.array([symbol], "int32")) for symbol in row]
        offline.append([None if one is None else str(int(one[0])) for one in made])
    wrong = [0] * THREADS

    def drive(thread: int) -> None:
        client = Client(url)
        mine = range(thread, SESSIONS, THREADS)
        sessions = {place: client.open() for place in mine}
        for step in range(steps):
            for place in mine:
                echo = sessions[place].step(int(inputs[place, step]), step=step + 1)
                wrong[thread] += echo.echo != offline[place][step]

    threads = [threading.Thread(target=drive, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.wrong += sum(wrong)
    found.compared += inputs.size


def overload(store: Path, seconds: int) -> dict[str, int]:
    """Statuses where more is asked than a server may queue; the sessions' states afterwards."""
    told: dict[str, int] = {}
    with serving(store, "--max-waiting", "50") as url:
        client = Client(url)
        session = client.open()
        ended = time.monotonic() + seconds
        lock = threading.Lock()

        def drive() -> None:
            mine = Client(url)
            while time.monotonic() < ended:
                try:
                    mine.predict([[1, 2, 3] * 20] * 2)
                    name = "200"
                except ServerError as error:
                    name = str(error.status)
                with lock:
                    told[name] = told.get(name, 0) + 1

        threads = [threading.Thread(target=drive) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        done, last = 0, None
        while time.monotonic() < ended:
            with suppress(ServerError):
                echo = session.step(done % 5, step=done + 1)
                # The recipe echoes the value before.
                if done and echo.echo != last:
                    told["wrong"] = told.get("wrong", 0) + 1
                last, done = str(done % 5), done + 1
        for thread in threads:
            thread.join()
        told["steps of the session"] = done
        told["lost steps"] = abs(session.processed - done)
    return told


def trained_store(folder: Path) -> Path:
    """A store with one run of `stream`, trained as the recipe says."""
    from echospan.runner.api import run

    with Store(folder / "runs") as store:
        run("stream", store=store, variants=False)
    return folder / "runs"


def measure(store: Path, seconds: int) -> tuple[Load, dict[str, int]]:
    """Everything, in turn."""
    found = Load()
    with serving(store) as url:
        found.memory["at start"] = metric(url, "resident_memory_bytes") / 1e6
        symbols = Client(url).runs()[0]["symbols"]
        with_wrk(url, symbols, seconds, found)
        compared(url, store, 50, found)
        load_ = threading.Thread(target=with_wrk, args=(url, symbols, seconds, Load()))
        load_.start()
        compared(url, store, 50, found)
        load_.join()
        client = Client(url)
        for _ in range(MANY - int(metric(url, "sessions"))):
            client.open().step(1)
        found.memory[f"{MANY:,} sessions"] = metric(url, "resident_memory_bytes") / 1e6
    return found, overload(store, 5)


def table(found: Load, told: dict[str, int]) -> str:
    """The outcome in Markdown."""
    rows = [
        ("single steps per second, 100 sessions", f"{found.rate:,.0f}"),
        ("time to answer, median", f"{found.p50:.1f} ms"),
        ("time to answer, 99th percentile", f"{found.p99:.1f} ms"),
        ("failed or refused requests", f"{found.failed:,}"),
        ("sessions in one call of the model, mean", f"{found.steps_a_call:.1f}"),
        ("answers compared with the offline computation", f"{found.compared:,}"),
        ("wrong answers", f"{found.wrong:,}"),
        *((f"memory, {name}", f"{amount:,.0f} MB") for name, amount in found.memory.items()),
        *((f"overload: {name}", f"{count:,}") for name, count in sorted(told.items())),
    ]
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=10, help="of load by wrk")
    parser.add_argument("--store", type=Path, help="a store with a run of stream")
    parser.add_argument("--write", type=Path, help="a file for the table")
    given = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or trained_store(Path(folder))
        found, told = measure(store, given.seconds)
    text = f"{machine.sentence(machine.describe())}\n\n{table(found, told)}\n"
    print(text)
    if given.write:
        given.write.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
