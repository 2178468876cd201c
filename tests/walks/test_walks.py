"""The first hour of three users: each command as typed, and what must come out."""

from __future__ import annotations

import pytest

from .walk import WALKS, Outcome, Step, faults, read, take


@pytest.mark.slow
@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_a_walk(path, tmp_path):
    walk = read(path)
    for name, content in walk.files.items():
        (tmp_path / name).write_text(content, "utf-8")
    missed = []
    for step in walk.steps:
        outcome = take(step, tmp_path)
        if found := faults(step, outcome, tmp_path):
            said = f"{outcome.out}{outcome.err}"
            missed.append(f"$ {step.run}\n{said}\n" + "\n".join(f"  {fault}" for fault in found))
    assert not missed, "\n\n".join(missed)


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.stem)
def test_every_step_says_what_must_come_out(path):
    walk = read(path)
    assert walk.title
    for step in walk.steps:
        assert step.out or step.err or step.writes or step.exit, step.run


def test_there_are_three_walks():
    assert [path.stem for path in WALKS] == ["diagnose", "learn", "measure"]


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        (Step("true", exit=1), "exit code 0 in place of 1"),
        (Step("echo one two", out=("two", "one")), "out lacks 'one', or has it further up"),
        (Step("echo one >&2", out=("one",)), "out lacks 'one', or has it further up"),
        (Step("echo one", err=("one",)), "err lacks 'one', or has it further up"),
        (Step("echo one >&2", absent=("one",)), "there is 'one'"),
        (Step("true", writes=("a.txt",)), "a.txt was not written"),
        (Step("touch a.txt", writes=("a.txt",)), "a.txt was not written"),
    ],
)
def test_a_step_that_came_out_otherwise_is_a_fault(step, fault, tmp_path):
    assert faults(step, take(step, tmp_path), tmp_path) == [fault]


def test_a_step_that_came_out_as_it_should():
    step = Step("", out=("accuracy 65.5 %", "partly"), absent=("above",), exit=2)
    assert not faults(step, Outcome(2, "│ accuracy   65.5 %\n│ partly │", ""), WALKS[0].parent)


def test_ctrl_c_is_pressed_when_the_file_is_there(tmp_path):
    step = Step("touch made; exec sleep 60", ctrl_c="mad*", exit=-2)
    assert take(step, tmp_path).code == step.exit
