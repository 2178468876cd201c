"""Figures of the benchmark: what was run, where, in which unit, and which side is better."""

from __future__ import annotations

from typing import get_args

from benchmark_helpers import measured, result
from benchmarks.jobs import JOBS, Axis
from benchmarks.plots import LABELS, LOOKS, WORK, figures

MACHINE = "A processor"


def drawn():
    made = [
        result(name, measured("echospan", [1.0, 1.1]), measured("torch", [4.0, 4.2]))
        for name in ("window", "echo-10k", "length-25", "batch-1")
    ]
    return dict(figures(made, MACHINE))


def said(figure):
    words = [text.get_text() for text in figure.texts]
    title = figure.get_suptitle()
    return " ".join(
        [title, *words, *(text.get_text() for axes in figure.axes for text in axes.texts)]
    )


def test_growth_names_unit_work_and_machine():
    found = drawn()
    assert {"ratios", "length", "batch"} <= set(found)
    for name in ("length", "batch"):
        (axes,) = found[name].axes
        assert "Milliseconds per update" in said(found[name])
        assert WORK[name] in said(found[name])
        assert MACHINE in said(found[name])
        assert axes.get_ylabel() == "milliseconds, log scale"
        assert axes.get_xlabel() == LABELS[name]


def test_ratios_say_which_side_is_better_and_what_each_job_is():
    figure = drawn()["ratios"]
    assert "slower than echospan" in said(figure)
    assert "faster" in said(figure)
    assert MACHINE in said(figure)
    labels = [one.get_text().replace("\n", " ") for one in figure.axes[0].get_yticklabels()]
    assert labels == [JOBS["window"].title, JOBS["echo-10k"].title]


def test_every_axis_has_its_work_and_no_two_peers_look_alike():
    assert set(WORK) == set(LABELS) == set(get_args(Axis))
    assert len(set(LOOKS.values())) == len(LOOKS)
    peers = [LOOKS[key][0] for key in JOBS["window"].peers]
    assert len(set(peers)) == len(peers)
