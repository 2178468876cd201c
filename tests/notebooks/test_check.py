"""The check in a notebook: the report is text where text is asked for, and one card on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notebooks.test_results import CHECKED, SETUP
from report.pages import Page

pytestmark = pytest.mark.slow

WATCHED = """\
import torch
line = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(line.parameters(), 0.1)
with echospan.watch_torch(line) as watch:
    for _ in range(4):
        line(torch.randn(3, 1)).square().sum().backward()
        optimizer.step()
watch.report
"""
CELLS = {
    "card": CHECKED.replace("echospan.check(", "report = echospan.check(") + "report",
    "printed": "print(report)",
    "print": "report.print()",
    "text": "text = str(report)\nassert text == f'{report}'\ntext",
    "statement": "_ = report",
    "list": "[report]",
    "watched": WATCHED,
    "watched text": "print(watch.report)",
    "explained": "echospan.explain('loss explodes')",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Outputs of each cell."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    pytest.importorskip("torch")
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *CELLS.values())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder: Path = tmp_path_factory.mktemp("notebook")
    nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells[1:]), strict=True))


@pytest.mark.parametrize("name", ["card", "watched"])
def test_a_report_is_one_compact_card(name: str, outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs[name]
    page = Page(shown.data["text/html"])
    assert page.open == []
    # One screen: what is long is folded.
    assert len(page.tags("details")) <= 2
    assert len(shown.data["text/html"]) < 40_000
    assert shown.data["text/plain"].startswith("<CheckReport")


@pytest.mark.parametrize("name", ["printed", "print", "watched text"])
def test_printing_is_one_piece_of_text(name: str, outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs[name]
    assert shown.output_type == "stream"
    wanted = "gradients-not-cleared" if name == "watched text" else "state-not-carried"
    assert wanted in shown.text


def test_text_is_text(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["text"]
    assert "state-not-carried" in shown.data["text/plain"]
    assert "text/html" not in shown.data
    assert outputs["statement"] == []
    (several,) = outputs["list"]
    assert several.data["text/plain"].startswith("[<CheckReport")


def test_an_explanation_is_shown_in_lines(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["explained"]
    assert "\ngradients-not-cleared  " in shown.data["text/plain"]
    assert "\\n" not in shown.data["text/plain"]
