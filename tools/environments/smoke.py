"""One short test of the command line, by the Python that runs this file.

    python tools/environments/smoke.py run

Prints one line and ends with 0, or with 1 and what differs. Needs nothing but echospan.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

SUBJECTS = Path(__file__).with_name("subjects.py")

REFERENCE = {"accuracy": 0.99475, "loss": 0.18041}
"""What `echospan run window` ends with on Python 3.11, JAX 0.10.2 and Keras 3.15.1."""

TOLERANCE = 1e-3
"""Relative. Other versions sum in another order, and training carries that on."""

LISTS = ((), ("models",), ("tasks",), ("framings",), ("findings",))


class Differs(Exception):
    """What came out is not what was expected."""


def echospan(*arguments: str, code: int = 0) -> str:
    """Run a command; what it printed.

    Raises:
        Differs: It ended with another code.
    """
    command = [sys.executable, "-m", "echospan", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != code:
        told = (done.stderr or done.stdout).strip()
        raise Differs(f"echospan {' '.join(arguments)} ended with {done.returncode}:\n{told}")
    return done.stdout


def lists() -> str:
    """The help, and every list."""
    texts = [echospan("--help"), *(echospan("list", *what) for what in LISTS)]
    if not all(text.strip() for text in texts):
        raise Differs("A list is empty.")
    return f"{len(texts)} outputs"


def run() -> str:
    """Train the recipe `window` and compare accuracy and loss."""
    with tempfile.TemporaryDirectory() as folder:
        found = json.loads(echospan("run", "window", "--json", "--store", folder))
    result = found
    accuracy, loss = float(result["accuracy"]), float(result["loss"])
    for name, value in (("accuracy", accuracy), ("loss", loss)):
        expected = REFERENCE[name]
        if abs(value - expected) > TOLERANCE * expected:
            raise Differs(f"{name} {value:.5g}, expected {expected:.5g}")
    return f"accuracy {accuracy:.5g}, loss {loss:.5g}"


def checks(framework: str) -> str:
    """A model with batch and time swapped has the finding; its mended form is sound."""
    found = _check(f"{framework}_swapped", code=1)
    if "rows-mixed" not in found:
        raise Differs(f"No rows-mixed among {found}")
    left = _check(f"{framework}_sound", code=0)
    return f"swapped: {', '.join(found)}; mended: {', '.join(left) or 'none'}"


def _check(function: str, code: int) -> list[str]:
    report: dict[str, Any] = json.loads(
        echospan("check", f"{SUBJECTS}:{function}", "--json", code=code)
    )
    return [finding["code"] for finding in report["findings"]]


def spans(model: str) -> str:
    """A short measurement reaches lag 1."""
    arguments = ("--symbols", "4", "--lags", "1,2", "--seeds", "1", "--budget", "20s", "--json")
    sheet = json.loads(echospan("span", model, *arguments))
    if not sheet["span_at_least"]:
        raise Differs(f"span {sheet['span_status']}")
    return f"span at least {sheet['span_at_least']}"


TESTS: dict[str, Callable[[], str]] = {
    "list": lists,
    "run": run,
    "check-keras": lambda: checks("keras"),
    "check-torch": lambda: checks("torch"),
    "span-keras": lambda: spans("lstm"),
    "span-torch": lambda: spans(f"{SUBJECTS}:torch_memory"),
}


def main(name: str) -> int:
    """Run one test; its exit code."""
    try:
        print(TESTS[name]())
    except Differs as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
