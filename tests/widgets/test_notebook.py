"""A notebook with a widget, executed and turned into HTML by nbconvert, opened offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbconvert = pytest.importorskip("nbconvert")
preprocessors = pytest.importorskip("nbconvert.preprocessors")
pytest.importorskip("anywidget")
pytest.importorskip("ipykernel")

pytestmark = pytest.mark.slow

CELLS = [
    "import echospan",
    "echospan.widgets.widget('rows', echospan.widgets.rows_data(lag=3))",
    "echospan.span('last-value', symbols=8, lags=[0, 1], seeds=1).widget()",
]


@pytest.fixture(scope="module", params=[True, False], ids=["with state", "without"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder: Path = tmp_path_factory.mktemp("notebook")
    run = preprocessors.ExecutePreprocessor(
        timeout=300, kernel_name="python3", store_widget_state=request.param
    )
    run.preprocess(notebook, {"metadata": {"path": folder}})
    text, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    made: str = text
    # As nbconvert makes it, with what it says where there are widgets.
    assert ("application/vnd.jupyter.widget-state+json" in made) is request.param
    return made


def test_the_pictures_are_drawn_once_and_work(page: str, browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(offline=True)
    opened = context.new_page()
    said: list[str] = []
    opened.on("pageerror", lambda one: said.append(str(one)))
    file = tmp_path / "notebook.html"
    file.write_text(page, "utf-8")
    opened.goto(file.as_uri())
    opened.locator(".es-widget").nth(1).wait_for()
    assert opened.locator(".es-widget:visible").count() == 2
    assert "for 20 it never arrives" in opened.get_by_role("status").inner_text()
    opened.get_by_label("rows of a batch").select_option("aligned")
    assert "84 through the state" in opened.get_by_role("status").inner_text()
    context.close()
    # What nbconvert itself fetches for formulas fails offline; the pictures raise nothing.
    assert [one for one in said if "es-" in one or "render" in one] == []
