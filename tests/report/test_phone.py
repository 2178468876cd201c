"""Pages and cards on a phone: nothing lies outside the picture, and figures can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from echospan.report.document import Page as Whole
from echospan.report.document import Table, card_html, page_html
from echospan.report.figures import style
from echospan.report.objects import Comparison
from echospan.report.sheet_page import comparison_page, sheet_page
from echospan.report.view import RunView
from report import browser
from report.conforms import found
from report.diagnoses import found as diagnosed
from report.needed import needed
from report.pages import Page
from report.samples import MemoryRun, grid, stored, variants
from report.sheets import full_sheet
from report.sweeps import result as swept
from report.usages import found as used

TOO_FEW_PIXELS = 8.0


def comparison() -> Comparison:
    return Comparison((full_sheet(), full_sheet(4.0)), (), (), 3.0)


def report(folder: Path) -> str:
    from echospan.report.run_page import page
    from echospan.results.data import plain

    both = stored(variants=plain(variants()), grid=plain(grid()))
    runs = [MemoryRun(folder), MemoryRun(folder, result=both)]
    views = [RunView.from_run(run) for run in runs]  # type: ignore[arg-type]
    return page(views, title="Two runs")


PAGES = {
    "report": report,
    "sheet": lambda folder: page_html(sheet_page(full_sheet())),
    "comparison": lambda folder: page_html(comparison_page(comparison())),
    "conform": lambda folder: page_html(found()._page()),
    "needs": lambda folder: page_html(needed()._page()),
    "uses": lambda folder: page_html(used()._page()),
    "diagnosis": lambda folder: page_html(diagnosed()._page()),
    "sweep": lambda folder: page_html(swept()._page()),
    "card": lambda folder: (
        "<!DOCTYPE html><meta name=viewport content='width=device-width'>"
        f"<body style='margin:8px'>{comparison()._repr_html_()}"
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(browser.found() is None, reason="no Chromium or Chrome on this machine")
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_a_browser_cuts_nothing_and_draws_letters_that_can_be_read(name, width, tmp_path):
    seen = browser.laid_out(PAGES[name](tmp_path), width, tmp_path)
    assert seen["width"] <= width
    assert seen["figures"] >= 1
    assert seen["words"] > 10
    assert seen["cut"] == []
    assert seen["scrolled"] == []
    assert seen["smallest"] >= TOO_FEW_PIXELS
    assert (seen["heads"] > 0) == (width > 1000)


def test_every_figure_is_there_for_a_phone_too() -> None:
    source = page_html(comparison_page(comparison()))
    kinds = re.findall(r'<svg class="figure (wide|narrow)"[^>]*viewBox="0 0 ([\d.]+) ', source)
    assert len(kinds) >= 4
    assert kinds[::2] == [("wide", f"{72 * style.WIDTH:g}")] * (len(kinds) // 2)
    assert kinds[1::2] == [("narrow", f"{72 * style.COLUMN:g}")] * (len(kinds) // 2)
    # Of two only one is shown, and the other takes no place.
    assert "svg.narrow { display: none; }" in source
    assert "svg.wide { display: none; }" in source


def test_a_table_of_many_columns_names_each_value() -> None:
    table = Table(("lag", "accuracy", "interval", ""), [["4", "80 %", "79 to 81 %", "x"]], "By lag")
    source = page_html(Whole("t", "e", [full_card(table)]))
    names = [one.get("data-name") for one in Page(source).tags("td")]
    assert names == ["accuracy", "interval", None]
    assert [one.get("data-name") for one in Page(source).tags("th")][-1] == "lag"
    few = Table(("lag", "accuracy"), [["4", "80 %"]], "By lag")
    assert not few.stacks
    assert "data-name=" not in card_html(full_card(few))


def full_card(table: Table):
    from echospan.report.document import Card

    return Card("c", [table], anchor="c")
