"""A small part of `studies.coverage`, with bounds that follow from the binomial distribution."""

from __future__ import annotations

import math

import pytest

from studies.coverage import PARTS, measure
from studies.coverage.cell import Cell, Found
from studies.coverage.page import page

REPEATS = 100
CELLS = {cell.name: cell for cells in PARTS.values() for cell in cells}

# 95 of 100, less four standard errors of 2.2; a share above 95 is no fault of an interval.
LEAST = 95 - 4 * math.sqrt(95 * 5 / REPEATS)


@pytest.mark.parametrize(
    ("name", "repeats"),
    [
        ("Markov chain, stays with 0.3; 120 held-out values; accuracy 50%", 40),
        ("200 sequences of 24 answers; correlation 0.5 within a sequence; accuracy 0.9", REPEATS),
        ("200 sequences of 24 answers; whole sequences right or wrong; accuracy 0.99", REPEATS),
        ("3 seeds; accuracies of Beta(20, 2)", 40),
    ],
)
def test_intervals_contain_the_truth(name, repeats):
    found = measure(CELLS[name], repeats)
    assert found.given >= 0.9 * repeats
    assert found.share >= 95 - 4 * math.sqrt(95 * 5 / repeats)
    assert found == measure(CELLS[name], repeats)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in CELLS if "0.8, binned; 120" not in name and "above" not in name]
)
def test_intervals_of_every_kind_contain_the_truth(name):
    assert measure(CELLS[name], REPEATS).share >= LEAST


def test_the_page_marks_what_is_not_as_it_should_be():
    cell = Cell("data of one kind", lambda generator: (0.5, (0.4, 0.6)))
    rows = {"Part": [Found(cell, 100, 80, covered, 0.2) for covered in (60, 76, 80)]}
    text = page(rows, "1 May 2027", "a machine")
    assert "1 of 3 rows are as they should be" in text
    assert "| data of one kind | 80 % | 75.0 % | **below** |" in text
    assert "| data of one kind | 80 % | 95.0 % |  |" in text
    assert "| data of one kind | 80 % | 100.0 % | above |" in text
