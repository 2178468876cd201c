"""The cells of the reference table: all are known, and the committed tables hold the same rows."""

from pathlib import Path

from echospan.models import MODELS
from echospan.results.reference import read_csv
from echospan.spans.reference import shipped_rows
from studies.reference.cells import HERE, cells


def test_cells_cover_what_the_table_promises() -> None:
    listed = list(cells())
    own = {cell.model for cell in listed if cell.source == "echospan"}
    assert len(own) == 16
    assert own <= set(MODELS.names())
    assert len({cell.name for cell in listed if cell.source != "echospan"}) >= 6
    asked = {(cell.settings.get("task", "echo"), cell.settings.get("symbols"),
              cell.settings["params"]) for cell in listed}  # fmt: skip
    tasks = {("echo", 2), ("echo", 10), ("echo", 100)}
    tasks |= {(task, None) for task in ("copy", "selective-copy", "adding", "recall")}
    assert asked == {(*task, params) for task in tasks for params in (1000, 10_000)}
    assert {cell.settings["protocol"] for cell in listed} == {"standard-1"}
    assert len({str(cell) for cell in listed}) == len(listed)


def test_the_page_says_how_many_cells_there_are() -> None:
    page = (HERE.parents[1] / "docs" / "reference.md").read_text("utf-8")
    assert f"It is to have {len(list(cells()))} rows" in page


def test_the_table_beside_the_study_is_the_shipped_one() -> None:
    rows = read_csv((HERE / "table.csv").read_text("utf-8"))
    assert tuple(rows) == shipped_rows()
    assert Path(HERE / "table.parquet").exists()


def test_a_cell_of_this_version_is_found_by_its_fingerprint() -> None:
    known = {row.fingerprint for row in shipped_rows()}
    cell = next(cell for cell in cells() if cell.model == "last-value")
    row = next(row for row in shipped_rows() if row.model == "last-value" and row.symbols == 10)
    if ", ".join(f"{name} {one}" for name, one in cell.versions.items()) == row.versions:
        assert cell.fingerprint in known
