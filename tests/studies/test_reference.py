"""The cells of the reference table: all are known, and the committed tables hold the same rows."""

from dataclasses import replace
from pathlib import Path

import pytest

from echospan.models import MODELS
from echospan.results.reference import read_csv
from echospan.results.span_interval import interval_of
from echospan.spans.reference import shipped_rows
from studies.reference import __main__ as runner
from studies.reference import tables
from studies.reference.cells import HERE, ROOT, cells


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


def test_intervals_are_those_of_the_outcomes_that_were_kept() -> None:
    kept = tables.read_outcomes()
    assert set(kept) <= set(tables.read_rows())
    for fingerprint, outcomes in kept.items():
        row = tables.read_rows()[fingerprint]
        none_smaller = row.first_failed if row.span == 0 else None
        assert row.interval == interval_of(tables.solved_of(outcomes), none_smaller=none_smaller)
        assert row.span_low <= row.span_at_least
        assert row.span_high is None or row.span_at_least <= row.span_high


def test_the_page_lists_what_is_missing() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    between = page.partition(runner.MARK)[2].partition(runner.END)[0]
    assert between.strip() == tables.missing_table(shipped_rows()).strip()


def test_groups_say_what_is_measured() -> None:
    (row,) = [row for row in shipped_rows() if (row.model, row.symbols) == ("lstm", 10)
              and row.source == "echospan" and row.parameters_asked == 1000]  # fmt: skip
    found = tables.groups([row])
    assert sum(len(one.measured) + len(one.missing) for one in found) == len(list(cells()))
    assert found[0].measured == ("lstm",)
    assert "gru" in found[0].missing
    assert not any(one.measured for one in found[1:])
    assert "| echo, 10 symbols | 1,000 | built-in | 1 of 16 | gru, " in tables.missing_table([row])
    assert "| copy | 10,000 | built-in | 0 of 14 | all |" in tables.missing_table([row])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the table's files, in place of them."""
    shipped = tmp_path / "shipped.csv"
    shipped.write_text((HERE / "table.csv").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(tables, "SHIPPED", shipped)
    monkeypatch.setattr(tables, "TABLES", (shipped, tmp_path / "table.csv"))
    monkeypatch.setattr(tables, "OUTCOMES", tmp_path / "outcomes.csv")
    monkeypatch.setattr(tables, "HERE", tmp_path)
    return tmp_path


def test_a_row_is_added_to_what_another_process_wrote(files: Path) -> None:
    pytest.importorskip("polars")
    first = shipped_rows()[0]
    one, other = replace(first, fingerprint="one"), replace(first, fingerprint="other")
    tables.add(one, [("one", "1", "0", "1.00000", "true")])
    tables.add(other, [("other", "1", "0", "0.50000", "false"), ("other", "1", "1", "", "")])
    assert {"one", "other", first.fingerprint} <= set(tables.read_rows())
    assert (files / "table.csv").read_text() == (files / "shipped.csv").read_text()
    kept = tables.read_outcomes()
    assert list(kept) == ["one", "other"]
    assert tables.solved_of(kept["other"]) == {1: [False, None]}
    tables.add(replace(one, seconds=1.0), [("one", "2", "0", "1.00000", "true")])
    assert tables.solved_of(tables.read_outcomes()["one"]) == {2: [True]}


def test_the_hours_of_earlier_runs_count(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    begun: list[str] = []
    monkeypatch.setattr(runner, "measured", lambda cell, store: begun.append(str(cell)))
    spent = tables.hours_of(shipped_rows())
    assert spent > 0.5
    runner.reference(files, spent / 2, None, False, None)
    said = capsys.readouterr()
    assert begun == []
    assert f"took {spent:.1f} of {spent / 2:g} hours" in said.err + said.out
    missing = len(list(cells())) - len(shipped_rows())
    assert f"{missing} cells missing:" in " ".join((said.out + said.err).split())
