"""The conversation with a contender: one JSON object a line, a question and its answer.

    {"do": "start", "work": {...}, "options": {...}}   builds everything that can be built
    {"do": "train", "epochs": 20}                      trains on, on new data
    {"do": "memory"}                                   the most memory that was in use

Questions come on standard input. Answers go to what was standard output; whatever a library prints
goes to standard error.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

from .work import Work


class Contender(Protocol):
    """A program that trains.

    Attributes:
        about: Parameters, versions and the settings that it chose.
        multiple: `train` takes multiples of this number of epochs.
    """

    about: dict[str, Any]
    multiple: int

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """Train on; the seconds it took, and pairs (epochs, their mean loss)."""
        ...


def talk(make: Callable[[Work, dict[str, Any]], Contender]) -> None:
    """Answer questions until there are no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    contender: Contender | None = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["do"] == "start":
                contender = make(Work(**question["work"]), question["options"])
                _say(answers, {**contender.about, "multiple": contender.multiple})
            elif question["do"] == "train":
                assert contender is not None
                seconds, losses = contender.train(question["epochs"])
                _say(answers, {"seconds": seconds, "losses": losses})
            elif question["do"] == "memory":
                _say(answers, {"mebibytes": peak_memory()})
            else:
                # A question of the contender's own.
                _say(answers, getattr(contender, question["do"])())
        except Exception as problem:
            traceback.print_exc()
            said = str(problem).strip().splitlines()
            _say(answers, {"error": f"{type(problem).__name__}: {said[0] if said else ''}"})


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")


def peak_memory() -> float | None:
    """The most resident memory of this process so far, in MiB; None where nobody says."""
    try:
        # ru_maxrss keeps what the process that started this one had used by then.
        text = Path("/proc/self/status").read_text(encoding="utf-8")
        if found := re.search(r"VmHWM:\s+(\d+) kB", text):
            return int(found[1]) / 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None  # Windows
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)
