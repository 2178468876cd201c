"""Reports where matplotlib and polars are not installed: tables, and one line that says why."""

from __future__ import annotations

import json
import re

import pytest

from without import without

WHY = "A figure needs matplotlib, which is not installed: pip install &#39;echospan[figures]&#39;"

CODE = """
import json
from dataclasses import replace
from echospan.report import run_page
from echospan.report.document import page_html
from echospan.report.objects import CheckReport, Comparison, RunResult
from echospan.report.view import RunView
from echospan.results.check_report import Finding, Lag, Needs
from report.samples import config, hidden, history, stored
from report.conforms import found as conformed
from report.diagnoses import found as diagnosed
from report.needed import needed
from report.sheets import full_sheet
from report.sweeps import result as swept
from report.usages import found as used

sheet = full_sheet()
reach = (Lag(0, True, True, 1.0), Lag(1, False, False, 0.0))
check = CheckReport((), reach=reach, needs_lag=Needs(1, "declared"))
found = replace(check, findings=(Finding("no-signal", "error", "None."),))
result = RunResult.from_dict(stored())
view = RunView("run-1", "window", "finished", config(), result, history(), hidden(), check=check)
several = replace(view, run_id="run-2", history={})
shown = {
    "check": check, "findings": found, "sheet": sheet, "result": result,
    "comparison": Comparison((sheet, sheet), (), (), 1.0), "conform": conformed(),
    "needs": needed(),
    "uses": used(), "diagnosis": diagnosed(), "sweep": swept(),
}
told = {name: [one._repr_html_(), page_html(one._page()), str(one)] for name, one in shown.items()}
runs = run_page.page([view, several], title="Runs")
told["runs"] = [runs, runs, "text"]
for name, one in shown.items():
    one.save(f"{name}.html"), one.save(f"{name}.json"), one.save(f"{name}.md"), one.save("a.tex")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Card, page and text of each result, without matplotlib and polars."""
    done = without(("matplotlib", "polars"), CODE, tmp_path_factory.mktemp("pages"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def captions(html):
    """Captions of the tables that stand open."""
    opened = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    return re.findall(r"<caption><span>(.*?)</span>", opened)


@pytest.mark.parametrize(
    "name",
    [
        "check",
        "findings",
        "sheet",
        "result",
        "comparison",
        "conform",
        "needs",
        "uses",
        "diagnosis",
        "runs",
    ],
)
def test_a_card_has_a_table_in_place_of_the_figure_and_one_line_that_says_why(pages, name):
    for html in pages[name][:2]:
        assert "<svg" not in html
        assert html.count(WHY) == 1
        assert captions(html)
    assert pages[name][2]


def test_the_reach_map_stands_open(pages):
    for html in (*pages["check"][:2], *pages["findings"][:2], pages["runs"][0]):
        assert "Reach map" in captions(html)


def test_every_figure_of_a_sheet_has_its_numbers_as_a_table(pages):
    assert {
        "Recall from the state by distance",
        "Longer sequences than in training",
        "Bits stored, from the predictions",
        "Where training ended",
        "Gradient by distance",
    } <= set(captions(pages["sheet"][1]))


def test_every_figure_of_a_run_has_its_numbers_as_a_table_or_says_what_is_missing(pages):
    html = pages["runs"][0]
    assert {"One new sequence", "Accuracy by position", "Training"} <= set(captions(html))
    assert "Not drawn: The state of the recurrent layer" in html


def test_with_matplotlib_nothing_of_this_is_there(sheet_card):
    assert "matplotlib" not in sheet_card
    assert "<svg" in sheet_card
    assert "Gradient by distance" not in captions(sheet_card)


@pytest.fixture
def sheet_card():
    """The whole page of a sheet, drawn."""
    from echospan.report.document import page_html

    from .sheets import full_sheet

    return page_html(full_sheet()._page())
