"""What the builders make of results, and what stands in a page."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from echospan import widgets
from echospan.errors import ConfigError, EchospanError, MissingExtra
from echospan.report.document import Card, Fold, Interactive, Paragraph, page_html
from echospan.report.document import Page as Page_
from echospan.report.objects import CheckReport, Comparison
from echospan.results.check_report import CheckData, Lag, Needs
from echospan.store import Store
from report.pages import Page
from report.samples import HOSTILE
from report.sheets import full_sheet

COLOURS = Path(widgets.__file__).parent.parent / "report" / "templates" / "colours.css"


def check(**changes: Any) -> CheckData:
    lags = tuple(Lag(lag, lag < 4, lag < 2, 0.5**lag) for lag in range(6))
    return CheckData((), lags, Needs(3, "declared"), **changes)


def kept(page: str) -> list[Any]:
    """The JSON that a page holds for its pictures."""
    found = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(one) for one in found]


@pytest.mark.parametrize("name", widgets.NAMES)
def test_a_module_imports_nothing_and_exports_what_anywidget_asks_for(name: str) -> None:
    text = widgets.source(name)
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert len(re.findall(r"^export default \{ render \};$", text, re.MULTILINE)) == 1
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|fetch\(|XMLHttp|import\(", text)
    # Each name is declared once, though files were joined.
    declared = re.findall(r"^(?:export )?(?:const|function) (\w+)", text, re.MULTILINE)
    assert len(declared) == len(set(declared))


def test_the_colours_are_those_of_the_pages() -> None:
    pages = COLOURS.read_text("utf-8")
    shared = (Path(widgets.__file__).parent / "js" / "shared.js").read_text("utf-8")
    for place, name in enumerate(("LIGHT", "DARK")):
        own = re.findall(r"(--[\w-]+): (#\w+)", re.search(rf"{name} = `(.*?)`", shared, re.S)[1])  # type: ignore[index]
        theirs = dict(re.findall(r"(--[\w-]+): (#\w+)", pages.split("macro")[1 + 2 * place]))
        assert len(own) > 15
        assert {key: theirs[key] for key, _ in own} == dict(own)


def test_what_was_typed_stays_text_wherever_it_stands() -> None:
    data = {"models": [{"name": HOSTILE, "lags": []}], "title": "</script><!--<script>\u2028"}
    fragment = widgets.inlined("accuracy", data, settings={"show": "</SCRIPT>"})
    assert Page(fragment).open == []
    (own,) = kept(fragment)
    assert own == {"data": data, "settings": {"show": "</SCRIPT>"}}
    # Only the two scripts of the picture begin and end.
    assert len(re.findall("<script", fragment, re.IGNORECASE)) == 2
    assert len(re.findall("</script", fragment, re.IGNORECASE)) == 2
    assert "<!--" not in fragment


def test_numbers_that_json_does_not_have_are_null() -> None:
    (own,) = kept(widgets.inlined("reach", {"pairs": [{"strength": float("nan")}]}))
    assert own["data"]["pairs"][0]["strength"] is None


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: widgets.inlined("rose", {}), "name must be one of"),
        (lambda: widgets.source("../state"), "name must be one of"),
        (lambda: widgets.inlined("rows", 3), "data must be"),
        (lambda: widgets.rows_data(batch_size=0), "batch_size must be"),
        (lambda: widgets.rows_data(rows="up"), "rows must be"),
        (lambda: widgets.reach_data(3), "check must be"),
        (lambda: widgets.accuracy_data("gru"), "sheets must be"),
        (lambda: widgets.state_data("latest"), "run must be"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(call: Any, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        call()
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_the_reach_map_has_each_lag_of_the_check() -> None:
    (pair,) = widgets.reach_data(check())["pairs"]
    assert pair["needed"] == 3
    wanted = {"lag": 2, "forward": True, "gradient": False, "strength": 0.25}
    assert pair["lags"][2] == wanted
    assert widgets.reach_data(CheckData(()))["pairs"] == []


def test_accuracy_has_the_models_side_by_side_with_their_seeds() -> None:
    sheet = full_sheet()
    data = widgets.accuracy_data(Comparison((sheet, full_sheet()), (), (), 1.0))
    assert [one["name"] for one in data["models"]] == [sheet.model] * 2
    assert data["threshold"] == sheet.threshold
    rows = [row for row in sheet.per_lag if row.accuracy is not None]
    for row, own in zip(rows, data["models"][0]["lags"], strict=True):
        assert (own["lag"], own["accuracy"], own["mean"]) == (row.lag, row.accuracy, row.mean)
        assert [seed["accuracy"] for seed in own["seeds"]] == [s.accuracy for s in row.seeds]
    assert data["models"][0] == widgets.accuracy_data(sheet)["models"][0]


def test_a_run_that_is_not_finished_has_no_picture(tmp_path: Path) -> None:
    run = Store(tmp_path).create(recipe="window", config={}, fingerprint="f", seed=0)
    with pytest.raises(EchospanError, match="is running, so it has no trained model"):
        widgets.state_data(run)


def test_a_page_holds_each_module_once_and_its_still_pictures() -> None:
    accuracy = widgets.accuracy_data(full_sheet())
    blocks = [
        Interactive("accuracy", accuracy, [Paragraph("still")]),
        Fold("more", [Interactive("accuracy", accuracy, [Paragraph("still, too")])]),
    ]
    page = page_html(Page_("Two", "", [Card("Two", blocks)]))
    assert page.count('<script type="module">') == 1
    assert kept(page) == [{"data": accuracy, "settings": {}}] * 2
    read = Page(page)
    assert read.open == []
    assert "still, too" in read.text
    assert all("src" not in attributes for attributes in read.tags("script"))


def test_the_page_of_a_check_has_the_map_and_its_still_drawing() -> None:
    page = page_html(CheckReport(**vars(check()))._page())
    assert kept(page)[0]["data"] == widgets.reach_data(check())
    assert page.index('class="echospan-still"') < page.index("<svg") < page.index("<script")


def test_a_widget_without_anywidget_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(MissingExtra) as caught:
        CheckReport(**vars(check())).widget()
    assert str(caught.value).endswith("pip install 'echospan[notebook]'")
