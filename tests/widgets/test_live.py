"""The widgets of a notebook, without a notebook."""

from __future__ import annotations

import pytest

pytest.importorskip("anywidget")

from echospan import widgets
from echospan.report.objects import CheckReport
from report.sheets import full_sheet

from .test_data import check, kept


def test_a_widget_holds_module_data_and_settings() -> None:
    made = widgets.widget("rows", widgets.rows_data(lag=3), settings={"step": 2})
    assert made.data["settings"]["lag"] == 3
    assert made.settings == {"step": 2}
    assert made._esm == widgets.source("rows")
    # What the page changes comes back.
    made.settings = {**made.settings, "step": 3}
    assert made.settings["step"] == 3


def test_beside_its_own_form_it_has_html_that_needs_no_widget_manager() -> None:
    made = CheckReport(**vars(check())).widget()
    bundle, _ = made._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert kept(bundle["text/html"]) == [{"data": widgets.reach_data(check()), "settings": {}}]
    assert "http" not in bundle["text/html"].replace("http://www.w3.org/2000/svg", "")


def test_results_give_their_picture() -> None:
    assert full_sheet().widget().data["picture"] == "accuracy"
