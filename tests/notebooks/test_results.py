"""A notebook whose cells end in what the verbs return: each cell shows one table and one figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from report.pages import Page

pytestmark = pytest.mark.slow

SETUP = """\
import keras
import numpy as np

import echospan
"""
CHECKED = """\
model = keras.Sequential([keras.layers.LSTM(8, stateful=True), keras.layers.Dense(1)])
model.build((4, 5, 1))
model.compile("adam", "mse")
series = np.random.default_rng(0).normal(size=104).astype("float32")
x = np.stack([series[i : i + 5] for i in range(100)])[..., None]
y = series[:100, None]
echospan.check(model, x, y, batch_size=4, shuffle=False)
"""
CELLS = {
    "run": 'echospan.run("stream", {"training.epochs": 5}, store="runs")',
    "encode": 'echospan.run("encode", store="runs")',
    "span": 'echospan.span("gru", units=4, symbols=4, lags=[1, 2], seeds=2, budget="600 updates")',
    "compare": 'echospan.compare(["last-value", "chance"], symbols=4, lags=[0, 1], seeds=1)',
    "check": CHECKED,
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Outputs of each cell, after it the length of the result's text."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(SETUP)]
    for source in CELLS.values():
        cells += [
            nbformat.v4.new_code_cell(source),
            nbformat.v4.new_code_cell("print(len(str(_)), len(repr(_)))"),
        ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder: Path = tmp_path_factory.mktemp("notebook")
    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    # To be looked at: jupyter nbconvert --to html
    nbformat.write(notebook, folder / "results.ipynb")
    shown = notebook.cells[1:]
    return {
        name: [shown[2 * place].outputs, shown[2 * place + 1].outputs]
        for place, name in enumerate(CELLS)
    }


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_its_result_once_with_a_table_and_a_figure(
    name: str, outputs: dict[str, list[Any]]
) -> None:
    rich = [one.data for one in outputs[name][0] if "data" in one]
    assert [data for data in rich if "text/html" in data] == rich
    (data,) = rich
    page = Page(data["text/html"])
    assert page.open == []
    assert page.tags("table")
    assert page.tags("svg")
    assert data["text/plain"].startswith("<")
    assert "\n" not in data["text/plain"]


@pytest.mark.parametrize("name", CELLS)
def test_text_is_not_empty_in_a_notebook(name: str, outputs: dict[str, list[Any]]) -> None:
    (printed,) = outputs[name][1]
    text, short = map(int, printed.text.split())
    assert text > 200
    assert short < 200
