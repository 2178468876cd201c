"""Answers to each task by a program that hears one value at a time.

Written from the definitions in the papers, not from the tasks' own targets: plain Python, one
sequence, no look ahead. Each takes the task and yields an answer for every step, None where the
definition asks nothing.
"""

from __future__ import annotations

from math import isclose


def echo(task, heard):
    for t in range(len(heard)):
        yield heard[t - task.lag] if t >= task.lag else None


def copy(task, heard):
    memory = []
    due = None
    for symbol in heard:
        if len(memory) < task.items:
            memory.append(symbol)
            answer = "blank"
        else:
            answer = "blank" if due is None else memory[due]
            due = 0 if symbol == task.symbols + 1 else None if due is None else due + 1
        if answer == "blank":
            answer = task.symbols if task.scored == "all" else None
        yield answer


def selective_copy(task, heard):
    memory = []
    for symbol in heard:
        if symbol < task.symbols:
            memory.append(symbol)
        yield memory.pop(0) if symbol == task.symbols + 1 else None


def temporal_order(task, heard):
    marks = ""
    for symbol in heard:
        marks += {4: "X", 5: "Y"}.get(symbol, "")
        yield {"XX": 0, "XY": 1, "YX": 2, "YY": 3}[marks] if symbol == 7 else None


def noise_free_lag(task, heard):
    for t in range(len(heard)):
        last = t == task.lag - 1
        known = heard[0] if last else t
        yield known if last or task.scored == "all" else None


def recall(task, heard):
    value_of = {}
    key = None
    for t, symbol in enumerate(heard):
        if t < 2 * task.pairs:
            if t % 2 == 0:
                key = symbol
            else:
                value_of[key] = symbol
            yield None
        else:
            yield value_of.get(symbol)


def continuous_echo(task, heard):
    for t in range(len(heard)):
        yield heard[t - task.lag][0] if t >= task.lag else None


def adding(task, heard):
    total = 0.0
    for t, (number, mark) in enumerate(heard):
        assert mark in (0.0, 1.0)
        total += number * mark
        yield total if t == task.length - 1 else None


def agree(expected, answered):
    """Whether an expected target, -1 or NaN for none, is what the oracle said."""
    nothing = expected != expected or (isinstance(expected, int) and expected == -1)
    if answered is None or nothing:
        return answered is None and nothing
    return isclose(expected, answered, abs_tol=1e-6)


ORACLES = {
    "echo": echo,
    "copy": copy,
    "selective-copy": selective_copy,
    "temporal-order": temporal_order,
    "noise-free-lag": noise_free_lag,
    "recall": recall,
    "continuous-echo": continuous_echo,
    "adding": adding,
}
