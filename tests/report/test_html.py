from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from echospan.errors import ConfigError
from echospan.report import RunView, write_report
from echospan.report.run_page import page
from echospan.results.run import RunData

from . import samples
from .pages import Page
from .samples import HOSTILE


def several(view: RunView) -> list[RunView]:
    chance = samples.result(
        accuracy=0.0101,
        accuracy_interval=[0.008, 0.013],
        variants=samples.variants(),
        grid=samples.grid(),
        notes=["0 of 24 proves little."],
    )
    lags = samples.result(variants=samples.lag_variants())
    return [
        replace(view, intro="First the window.\n\nThen the rest."),
        replace(view, run_id="run-2", recipe="mistake", result=chance),
        replace(view, run_id="run-3", recipe="lags", result=lags),
        RunView("run-4", "mlp", state="interrupted", history=samples.history(5)),
        RunView("run-5", "own", state="failed", failure="ValueError: no <number>"),
        RunView("run-6", "own", state="running"),
    ]


@pytest.fixture(scope="module")
def tour(view: RunView) -> str:
    return page(several(view), title="A tour", intro="What was measured.")


@pytest.fixture(scope="module")
def single(view: RunView) -> str:
    return page([view], title="window")


def test_it_is_one_well_formed_page(tour: str) -> None:
    read = Page(tour)
    assert read.open == []
    assert read.tags("html") == [{"lang": "en"}]
    assert len(read.tags("title")) == len(read.tags("h1")) == 1
    assert len(read.ids()) == len(set(read.ids()))
    assert len(read.tags("article")) == 6


def test_nothing_is_fetched_and_nothing_runs(tour: str) -> None:
    read = Page(tour)
    names = {tag for tag, _ in read.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "img", "foreignobject"}
    for _, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:image/png;base64,")), target
    assert "@import" not in tour
    assert "@font-face" not in tour
    assert set(re.findall(r"url\((.)", tour)) <= {"#"}
    assert not re.search(r"https?://", tour)


def test_links_and_references_lead_to_something(tour: str) -> None:
    read = Page(tour)
    targets = {
        attributes["href"][1:]
        for _, attributes in read.elements
        if (attributes.get("href") or "").startswith("#") and attributes["href"]
    }
    targets |= set(re.findall(r"url\(#([^)]*)\)", tour))
    targets |= {a["aria-labelledby"] or "" for _, a in read.elements if "aria-labelledby" in a}
    assert targets
    assert targets <= set(read.ids())


def test_every_figure_has_a_text_for_those_who_do_not_see_it(tour: str) -> None:
    read = Page(tour)
    figures = [one for one in read.tags("svg") if "figure" in (one.get("class") or "")]
    drawings = [one for one in figures if one["class"] == "figure wide"]
    assert [one["aria-label"] for one in figures if one["class"] == "figure narrow"] == [
        one["aria-label"] for one in drawings
    ]
    assert len(drawings) == len(read.tags("figcaption")) == len(read.tags("figure"))
    assert len(figures) >= 15
    assert all(one["role"] == "img" and len(one["aria-label"] or "") > 20 for one in figures)
    assert all(caption for caption in (len(read.tags("table")) == len(read.tags("caption")),))


def test_what_is_said_of_a_finished_run(single: str) -> None:
    said = Page(single).text
    assert (
        "99.8 % of 4,800 scored steps in 200 new sequences were right "
        "(95 % interval 99.6 to 99.9 %). Chance is 1 % and the ceiling 100 %: "
        "the task is solved. Seed 3."
    ) in said
    assert "The answer lies inside the input. Guessing would be right at 1 %." in said
    assert "task.symbols 100" in said
    assert "model.kind lstm" in said
    assert "git commit 9f1c2ab (with local changes)" in said
    assert "740 ms" in said
    assert "5 38 31 98 ✗ miss" in said
    assert "Contents" not in said
    assert "comparison" not in Page(single).ids()


def test_states_that_are_not_finished(tour: str) -> None:
    said = Page(tour).text
    assert "This run failed: ValueError: no <number>" in said
    assert "Continue it with: echospan run --resume run-4" in said
    assert "This run has not ended yet" in said


def test_several_runs_are_compared(tour: str) -> None:
    said = Page(tour).text
    assert "6 runs, 3 of them finished." in said
    assert "What was measured." in said
    assert "First the window. Then the rest." in said
    assert "mistake 3 1 100 1 % 0.8 to 1.3 % at chance 1 %" in said
    assert "comparison" in Page(tour).ids()


def test_hostile_text_stays_text() -> None:
    ends = [HOSTILE, HOSTILE]
    bad = samples.result(
        recipe=HOSTILE,
        seed=HOSTILE,
        explanation=[HOSTILE],
        notes=[HOSTILE],
        inputs=ends,
        expected=ends,
        predicted=ends,
        baselines={HOSTILE: {"accuracy": 0.1}},
        seconds={HOSTILE: 1.0},
        variants=[{"name": HOSTILE, "label": HOSTILE, "accuracy": 0.5, "seeds": HOSTILE}] * 2,
    )
    made = RunView(
        run_id=HOSTILE,
        recipe=HOSTILE,
        config={HOSTILE: {HOSTILE: HOSTILE}},
        result=bad,
        history=samples.history(3),
        environment={HOSTILE: HOSTILE},
        intro=HOSTILE,
        problems=(HOSTILE,),
    )
    lost = RunView(run_id=HOSTILE, recipe=HOSTILE, state=HOSTILE, failure=HOSTILE)
    source = page([made, lost], title=HOSTILE, intro=HOSTILE)
    read = Page(source)
    assert read.open == []
    assert "<script" not in source
    assert "<img" not in source
    assert not [a for _, a in read.elements if any(name.startswith("on") for name in a)]
    assert len(read.tags("h1")) == 1
    assert HOSTILE in read.text


@pytest.mark.parametrize(
    "result",
    [
        {"accuracy": "much", "accuracy_interval": "wide", "chance": [], "seconds": "long"},
        {"accuracy": float("nan"), "expected": {"a": 1}, "variants": {"a": 1}, "grid": [1]},
        {"expected": [1, 2], "predicted": [1], "inputs": None},
        {"variants": [1, None, {"name": "a"}], "grid": {"rows": ["a"], "columns": [], "cells": 3}},
        {"accuracy_by_position": {"position": [1, 2], "accuracy": [0.1, 0.2, 0.3]}},
        {"baselines": {"chance": None}, "explanation": "One sentence.", "notes": {"a": 1}},
    ],
)
def test_damaged_results_are_shown_as_far_as_they_go(result: dict[str, object]) -> None:
    read = Page(page([RunView("run-1", "own", result=RunData.from_dict(result))], title="own"))
    assert read.open == []
    assert "own" in read.text


def test_a_figure_that_cannot_be_drawn_says_why(view: RunView) -> None:
    broken = replace(view, hidden={"symbols": [1, 2], "state": samples.hidden()["state"]})
    said = Page(page([broken], title="window")).text
    assert "The figure 'hidden-state' could not be drawn: state must have shape" in said
    assert "The thin line is each epoch of training" in said


@pytest.mark.slow
def test_same_runs_same_bytes(view: RunView, single: str) -> None:
    assert page([view], title="window") == single


def test_dark_mode_reaches_the_figures(single: str) -> None:
    style, body = single.split("</style>")
    light, dark = style.split("prefers-color-scheme: dark")
    used = set(re.findall(r"var\(--([a-z-]+)", single))
    defined = set(re.findall(r"--([a-z-]+):", light))
    redefined = set(re.findall(r"--([a-z-]+):", dark))
    assert used <= defined
    assert defined == redefined
    assert "var(--fig-ink" in body
    assert "fill: #1f2a33" not in body


def test_write_report_writes_whole_files(tmp_path: Path, view: RunView, single: str) -> None:
    path = tmp_path / "deep" / "report.html"
    assert write_report([view], path, title="window") == path
    assert path.read_text(encoding="utf-8") == single
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="runs must be at least one run"):
        write_report([], tmp_path / "report.html", title="nothing")
    assert list(tmp_path.iterdir()) == []
