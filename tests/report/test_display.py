"""What the verbs return, as text, in a notebook and as files."""

from __future__ import annotations

import io
import json
import re
import zlib
from pathlib import Path

import polars
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from echospan.errors import ConfigError, DataError
from echospan.report.display import SUFFIXES
from echospan.report.objects import CheckReport, RunResult
from report.pages import Page
from report.samples import HOSTILE
from report.sheets import sheet
from results.test_round_trip import RESULTS, report

DRAWN = [name for name in RESULTS if name not in ("bare sheet", "bare uses")]


@pytest.mark.parametrize("name", RESULTS)
def test_text_is_the_same_everywhere_and_repr_is_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = RESULTS[name]
    buffer = io.StringIO()
    result.print(Console(file=buffer, width=100, color_system=None))
    assert str(result) == buffer.getvalue()
    assert len(str(result).splitlines()) > 3
    assert "\x1b" not in str(result)
    assert repr(result).startswith(f"<{type(result).__name__} ")
    assert "\n" not in repr(result)
    assert len(repr(result)) < 200
    result.print()
    assert capsys.readouterr().out.strip()


def test_text_in_jupyter_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert "gradient-cut" in str(report())


@pytest.mark.parametrize("name", DRAWN)
def test_a_notebook_shows_a_table_and_a_figure_that_stand_alone(name: str) -> None:
    source = RESULTS[name]._repr_html_()
    page = Page(source)
    assert page.open == []
    assert page.tags("table")
    assert page.tags("svg")
    assert "<script" not in source
    assert not re.search(r"https?://|@import|src=", source)
    assert {"html", "body"}.isdisjoint(tag for tag, _ in page.elements)
    # Every rule holds inside the card only: a notebook has a look of its own.
    rules = re.findall(r"^[^\n{}@]+(?=\{)", source.partition("</style>")[0], flags=re.MULTILINE)
    assert rules
    assert all(part.strip().startswith((".echospan", "body", "html")) for part in rules)
    assert isinstance(RESULTS[name].figure(), Figure)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", DRAWN)
def test_every_form_is_written_whole(name: str, suffix: str, tmp_path: Path) -> None:
    result = RESULTS[name]
    path = result.save(tmp_path / "deep" / f"result{suffix}")
    content = path.read_bytes()
    if suffix == ".json":
        assert type(result).from_dict(json.loads(content)) == result
    elif suffix == ".parquet":
        assert polars.read_parquet(path).equals(result.to_frame())
    elif suffix == ".csv":
        assert polars.read_csv(path).shape == result.to_frame().shape
    elif suffix == ".html":
        read = Page(content.decode())
        assert read.open == []
        assert len(read.tags("h1")) == 1
        assert read.tags("svg")
        assert len(read.ids()) == len(set(read.ids()))
    else:
        starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".tex": b"% Needs"}
        assert content.startswith(starts.get(suffix, b""))
        assert content.strip()


def test_an_unknown_suffix_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.html, \.png, .* or \.tex; got .*sheet\.doc"):
        sheet("gru").save(tmp_path / "sheet.doc")
    assert list(tmp_path.iterdir()) == []


def test_tables_for_papers_are_escaped() -> None:
    given = sheet("my_cell.py:A & B {50 %} | <i> $x^2$ ~\\")
    (table,) = given._tables()
    tex = table.latex()
    assert (
        r"my\_cell.py:A \& B \{50\,\%\} \textbar{} \textless{}i\textgreater{} "
        r"\$x\textasciicircum{}2\$" in tex
    )
    assert r"\textasciitilde{}\textbackslash{}" in tex
    assert r"\begin{tabular}{rrrrrrrrl}" in tex
    (line, *_) = table.markdown().splitlines()
    assert r"\| \<i\>" in line


def test_a_pdf_holds_text_and_no_date(tmp_path: Path) -> None:
    content = RESULTS["sheet"].save(tmp_path / "sheet.pdf").read_bytes()
    assert b"CreationDate" not in content
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, flags=re.DOTALL)
    unpacked = b"".join(zlib.decompress(one) for one in streams if one[:1] == b"x")
    assert b"Tj" in unpacked or b"TJ" in unpacked


def test_what_was_given_to_a_check_and_not_used_is_said() -> None:
    for told in (str(report()), Page(report()._repr_html_()).text):
        assert "Used: batch_size=32, shuffle=true" in told
        assert "Given but not used: epochs" in told
    assert "Given but not used" not in str(CheckReport(()))


def test_nothing_to_draw_says_so() -> None:
    with pytest.raises(DataError, match="no figure"):
        RunResult(recipe="x", accuracy=0.5).figure()
    assert "<svg" not in RunResult(recipe="x", accuracy=0.5)._repr_html_()
    with pytest.raises(DataError, match="at least one lag"):
        CheckReport(()).figure()
    assert "No problem found in order" in CheckReport(())._repr_html_()
    unseen = CheckReport((), skipped=("everything that runs the model: it is too large",))
    told = unseen._repr_html_()
    assert "No problem found in order" not in told
    assert "in what was looked at; 1 question not checked" in told


def test_hostile_names_stay_text() -> None:
    for shown in (sheet(HOSTILE), RunResult(recipe=HOSTILE, explanation=(HOSTILE,))):
        page = shown._repr_html_()
        assert "<script" not in page
        assert "<img" not in page
        assert "[red]b[/red]" in str(shown)
