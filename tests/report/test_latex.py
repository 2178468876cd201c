"""Tables in LaTeX as they stand in a paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from echospan.report.latex import escaped, table
from echospan.report.objects import Comparison, RunResult, Sheet
from report.samples import HOSTILE, stored, variants
from report.sheets import full_sheet, sheet

ALLOWED = re.compile(
    r"\\(?:textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textquotedbl"
    r"|ldots)\{\}|\\[&%$#_{},]|\$(?:\\geq|\\times|\\cdot|-|\^2)\$|~"
)
"""What escaped text may hold besides letters, digits and punctuation."""


def tables(tex: str) -> list[dict[str, object]]:
    """The tables of a file, taken apart as LaTeX would: one group, its columns, its rows."""
    found = []
    for body in re.findall(r"\\begin\{table\}\n(.*?)\\end\{table\}", tex, re.DOTALL):
        columns = re.search(
            r"\\begin\{tabular\}\{(.*)\}\n\\toprule\n(.*)\\bottomrule", body, re.DOTALL
        )
        assert columns is not None
        lines = [line for line in columns[2].splitlines() if line != r"\midrule"]
        assert all(line.endswith(r" \\") for line in lines)
        caption = re.search(r"\\caption\{(.*)\}\n", body)
        label = re.search(r"\\label\{(.*)\}\n", body)
        assert caption is not None
        found.append(
            {
                "columns": re.findall(r"[lr]|p\{0\.\d\d\\linewidth\}", columns[1]),
                "rows": [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in lines],
                "caption": caption[1],
                "label": label[1] if label else "",
            }
        )
    return found


def comparison() -> Comparison:
    return Comparison((full_sheet(), replace(full_sheet(), model="my_cell.py:A & B")), (), (), 3.0)


RESULTS = {
    "run": lambda: RunResult.from_dict(stored(variants=[one.to_dict() for one in variants()])),
    "sheet": full_sheet,
    "comparison": comparison,
    "hostile": lambda: sheet(HOSTILE),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_row_has_its_columns_and_every_sign_its_escape(name: str, tmp_path: Path) -> None:
    tex = RESULTS[name]().save(tmp_path / "t.tex").read_text("utf-8")
    found = tables(tex)
    assert found
    for one in found:
        texts = [str(one["caption"]), *(cell for row in one["rows"] for cell in row)]  # type: ignore[attr-defined]
        for text in texts:
            assert not re.search(r"[\\&%$#_{}~^<>|]", ALLOWED.sub("", text)), text
        assert {len(row) for row in one["rows"]} == {len(one["columns"])}  # type: ignore[attr-defined,arg-type]
        assert re.fullmatch(r"tab:[a-z0-9-]+", str(one["label"]))
    assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}")


def test_a_sheet_says_what_a_reader_must_know(tmp_path: Path) -> None:
    tex = full_sheet().save(tmp_path / "gru.tex").read_text("utf-8")
    for told in (
        "Memory of gru (keras, 1,000 trainable parameters): span at least 2",
        "median of 2 seeds",
        r"95\,\% confidence interval",
        r"Chance is 25\,\%",
        "echo task with 4 symbols",
        "20 updates",
        r"\label{tab:span-gru}",
        r"3 & 30\,\% & 29 to 30\,\% & 30\,\% & 0 of 2 & 400 & undecided \\",
    ):
        assert told in tex, told


def test_a_comparison_has_an_interval_at_every_score(tmp_path: Path) -> None:
    models, accuracies = tables(comparison().save(tmp_path / "c.tex").read_text("utf-8"))
    assert [row[0] for row in models["rows"]] == ["model", "gru", r"my\_cell.py:A \& B"]  # type: ignore[attr-defined]
    head, first, *_, last = accuracies["rows"]  # type: ignore[misc]
    assert head == ["lag", "gru", r"my\_cell.py:A \& B"]
    assert first[1] == r"100\,\% [99, 100]"
    assert last[1] == r"80\,\% [79, 80]"
    assert r"30\,\%* [29, 30]" in [cell for row in accuracies["rows"] for cell in row]  # type: ignore[attr-defined]


def test_long_texts_are_paragraphs_and_signs_are_spelt() -> None:
    (made,) = tables(table(("code", "message"), [("a", "word " * 20)], "c", label="x: y"))
    assert made["columns"] == ["l", r"p{0.60\linewidth}"]
    assert made["label"] == "tab:x-y"
    assert escaped("≥ 5 % … a·b") == r"$\geq$ 5\,\% \ldots{} a$\cdot$b"


def test_a_figure_for_a_column_is_as_wide_and_its_letters_are_letters(tmp_path: Path) -> None:
    measured: Sheet = full_sheet()
    drawn = measured.save(tmp_path / "a.svg", width=3.5).read_text("utf-8")
    assert 'width="252pt"' in drawn
    assert "threshold, 95 %</text>" in drawn
    assert "font-family: 'DejaVu Sans', Verdana, sans-serif" in drawn
    assert "Learning curves" not in drawn
    assert "Learning curves" in measured.save(tmp_path / "b.svg").read_text("utf-8")
    pdf = measured.save(tmp_path / "a.pdf", width=3.5).read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert re.search(rb"/MediaBox \[ ?0 0 252 ", pdf)
