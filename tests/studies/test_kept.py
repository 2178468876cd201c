from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from echospan.measure import Interval
from studies import Kept, Measured, Row, Work, measure_rows, run
from studies.kept import Line, _code, fingerprint
from studies.references import Reference
from studies.tolerance import Within

REFERENCE = Reference(6.6, "")
LINE = Line(Measured(6.5, Interval(6.0, 7.0), "how", (6.0, 7.0)), 2.5)


def measure(work: Work, value: float = 6.6) -> Measured:
    return Measured(value)


def row(name: str = "echo-bits", measure=measure) -> Row:
    return Row(name, "", Within(0.1), measure)


def test_what_is_put_is_there_in_the_next_start(tmp_path):
    file = tmp_path / "new" / "verify.jsonl"
    kept = Kept(file)
    assert kept.get(row(), REFERENCE) is None
    kept.put(row(), REFERENCE, LINE)
    assert Kept(file).get(row(), REFERENCE) == LINE
    assert Kept(file).get(row("echo-joint-bits"), REFERENCE) is None
    assert Kept(file).get(row(), Reference(6.7, "")) is None


def test_a_line_that_was_cut_off_costs_that_row_alone(tmp_path):
    file = tmp_path / "verify.jsonl"
    Kept(file).put(row(), REFERENCE, LINE)
    Kept(file).put(row("echo-joint-bits"), REFERENCE, LINE)
    text = file.read_text("utf-8")
    file.write_text(text[: text.index("\n") + 30] + "\n[]\nnull\n", "utf-8")
    assert Kept(file).get(row(), REFERENCE) == LINE
    assert Kept(file).get(row("echo-joint-bits"), REFERENCE) is None


def test_nothing_is_kept_without_a_file():
    kept = Kept(None)
    kept.put(row(), REFERENCE, LINE)
    assert kept.get(row(), REFERENCE) is None


def test_words_do_not_change_a_measurement_but_code_does(tmp_path):
    one, other, third = (tmp_path / f"{name}.py" for name in "abc")
    one.write_text('"""Says."""\n\nX = 1  # so\n', "utf-8")
    other.write_text('"""Says more."""\nX = (1)\n', "utf-8")
    third.write_text('"""Says."""\n\nX = 2\n', "utf-8")
    assert _code(one) == _code(other) != _code(third)


def test_a_partial_is_known_by_what_it_calls():
    plain = fingerprint(row(), REFERENCE)
    assert fingerprint(row(measure=partial(partial(measure), value=1.0)), REFERENCE) == plain


@pytest.fixture
def table(monkeypatch):
    """Two rows, and how often each was measured."""
    calls = {"echo-bits": 0, "echo-joint-bits": 0}

    def counting(work: Work, name: str) -> Measured:
        calls[name] += 1
        return Measured(6.6)

    rows = tuple(Row(name, "", Within(9), partial(counting, name=name)) for name in calls)
    monkeypatch.setattr(run, "ROWS", rows)
    return calls


def test_a_resumed_table_measures_only_what_is_missing(table, tmp_path: Path):
    file = tmp_path / "verify.jsonl"
    stop = iter([False, True])
    assert len(list(measure_rows(kept=Kept(file), stop=lambda: next(stop)))) == 1
    found = list(measure_rows(kept=Kept(file), resume=True))
    assert [each.kept for each in found] == [True, False]
    assert [each.status for each in found] == ["pass", "pass"]
    assert table == {"echo-bits": 1, "echo-joint-bits": 1}
    assert [each.kept for each in measure_rows(kept=Kept(file))] == [False, False]
    assert table == {"echo-bits": 2, "echo-joint-bits": 2}
