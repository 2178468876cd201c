from __future__ import annotations

import json
import os
import sys

import pytest

from benchmark_helpers import ANSWERS, program
from benchmarks.environments import find_python, names
from benchmarks.machine import allowed_cores, chosen_cores
from benchmarks.process import NotMeasured, Process


def start(command: list[str]) -> Process:
    return Process(command, {}, chosen_cores(1))


def test_questions_are_answered_in_order():
    with start(program(ANSWERS)) as process:
        assert process.ask({"do": "train"}, 30) == ANSWERS["train"]
        assert process.ask({"do": "memory"}, 30) == {"mebibytes": 100.0}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no processor can be chosen here")
def test_it_starts_on_its_cores_and_leaves_ours_as_they_are():
    """Before its first line: a thread that it makes there inherits them."""
    before = allowed_cores()
    code = "import json, os; print(json.dumps([*os.sched_getaffinity(0)]), flush=True); input()"
    with start([sys.executable, "-S", "-c", code]) as process:
        assert process._answers.get(timeout=60) == f"{json.dumps(before[-1:])}\n"
    assert allowed_cores() == before


def test_a_process_that_ends_says_its_last_words():
    with (
        start(program({})) as process,
        pytest.raises(NotMeasured, match="ended with code 1: no answer to start"),
    ):
        process.ask({"do": "start"}, 30)


def test_an_error_is_the_answer():
    with (
        start(program({"start": {"error": "ValueError: no"}})) as process,
        pytest.raises(NotMeasured, match="ValueError: no"),
    ):
        process.ask({"do": "start"}, 30)


def test_one_that_never_answers_is_ended():
    with start([sys.executable, "-S", "-c", "input(); input()"]) as process:
        with pytest.raises(NotMeasured, match="not done after 0 s"):
            process.ask({"do": "start"}, 0.01)
        process.end()


def test_a_program_of_peers_talks(tmp_path):
    """What a library prints does not get between the answers; errors do not end it."""
    code = (
        "from benchmarks.peers.wire import talk\n"
        "class Loud:\n"
        "    multiple = 1\n"
        "    def __init__(self, work, options):\n"
        "        print('library: hello')\n"
        "        self.about = {'parameters': work.parameters}\n"
        "    def train(self, epochs):\n"
        "        return 1 / epochs, [(epochs, 0.5)]\n"
        "talk(Loud)\n"
    )
    with start([sys.executable, "-c", code]) as process:
        question = {"do": "start", "work": {"units": 50, "symbols": 100}, "options": {}}
        assert process.ask(question, 60) == {"parameters": 35_300, "multiple": 1}
        answer = process.ask({"do": "train", "epochs": 4}, 60)
        assert answer == {"seconds": 0.25, "losses": [[4, 0.5]]}
        assert process.ask({"do": "memory"}, 60)["mebibytes"] > 1
        with pytest.raises(NotMeasured, match="ZeroDivisionError: division by zero"):
            process.ask({"do": "train", "epochs": 0}, 60)


def test_a_peer_runs_where_its_library_is(tmp_path):
    assert find_python(tmp_path, "torch", ("no_such_library",)) is None
    assert str(find_python(tmp_path, "flax", ("numpy", "jax"))) == sys.executable
    made = tmp_path / "torch" / "bin" / "python"
    made.parent.mkdir(parents=True)
    made.touch()
    assert find_python(tmp_path, "torch", ("no_such_library",)) == made


def test_there_are_pins_for_the_environments():
    assert names() == ["flax", "tensorflow", "torch"]
