"""What came out, as HTML in which nothing foreign is markup."""

from __future__ import annotations

from echospan.lab.jobs import Job
from echospan.lab.results import MOST_CELLS, cells, table_of_two, told

GRID = {"rows": ["a", "b"], "columns": ["c", "d"], "cells": [["1", "2"], ["3", "4"]]}


def test_right_and_wrong_answers_differ_in_more_than_colour():
    shown = cells({"accuracy": 0.5, "expected": [1, 2], "predicted": [1, 3], "chance": 0.1})
    assert "Accuracy 50.0 %; chance 10.0 %." in shown
    assert "lab-right' title='right'>1<" in shown
    assert "lab-wrong' title='wrong'>3<" in shown


def test_foreign_text_is_escaped():
    shown = cells({"accuracy": 1.0, "explanation": ["one", "<script>alert(1)</script>"]})
    assert "<p>one</p>" in shown
    assert "<script>" not in shown
    evil = {"name": "1", "label": "<img src=x>", "accuracy": 1.0}
    assert "<img" not in table_of_two({"variants": [evil]})


def test_a_long_sequence_is_cut():
    shown = cells({"accuracy": 1.0, "expected": [1] * 500, "predicted": [1] * 500})
    assert shown.count("lab-cell ") == MOST_CELLS


def test_a_result_without_accuracy_says_so():
    assert "no accuracy" in cells({})


def test_the_two_by_two():
    variants = [
        {"name": name, "accuracy": share, "chance": 0.1}
        for name, share in (("1", 0.1), ("2", 0.12), ("3", 0.5), ("4", 0.99))
    ]
    shown = table_of_two({"variants": variants, "grid": GRID})
    assert shown.count("lab-wrong") == 3
    assert "lab-right'>99.0 %" in shown
    assert table_of_two({}) == ""


def test_states_are_sentences():
    job = Job(1, {})
    assert told(job) == "Waits until another job is done."
    job.state, job.text = "failed", "No."
    assert told(job) == "Failed: No."
