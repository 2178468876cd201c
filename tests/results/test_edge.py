"""What the outcomes of the tested lags say about the span."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.report.document import page_html
from echospan.report.sheet_tables import facts, models_table
from echospan.report.words import edge, span_known
from echospan.results.comparison import ComparisonData
from echospan.results.edge import edge_of
from echospan.results.sheet import SheetData
from tests.report.sheets import full_sheet, row, sheet

KINDS = {"s": "solved", "f": "failed", "u": "undecided"}


def outcomes(text: str) -> dict[int, str]:
    """``"1s 2s 3f"`` as outcomes by lag."""
    return {int(one[:-1]): KINDS[one[-1]] for one in text.split()}


@pytest.mark.parametrize(
    ("tested", "span", "status", "at_least"),
    [
        ("1s 2s 3f", 2, "measured", 2),
        ("0s 1f", 0, "measured", 0),
        # Lag 0 needs no memory: whether it was tested, or solved, changes nothing.
        ("1f", 0, "measured", 0),
        ("0f", 0, "measured", 0),
        ("0u 1f", 0, "measured", 0),
        ("1f 2s", 0, "measured", 0),
        # A lag beyond the first failure changes nothing either.
        ("1s 2s 3f 4s 6u", 2, "measured", 2),
        # Lag 6 was never tried, or is open.
        ("1s 2s 3s 4s 5s 7f", None, "at_least", 5),
        ("5s 6u 7f", None, "at_least", 5),
        ("1s 2s 4s 8f", None, "at_least", 4),
        # The top of the ladder, or the end of the budget.
        ("1s 2s 3s", None, "at_least", 3),
        ("0s", None, "at_least", 0),
        ("1s 2u", None, "at_least", 1),
        ("1s 2u 3s", None, "at_least", 1),
        ("", None, "undecided", None),
        ("1u", None, "undecided", None),
        ("1u 2f", None, "undecided", None),
        # Below the first lag of a list nothing is known.
        ("5f 10f", None, "undecided", None),
        ("5u", None, "undecided", None),
    ],
)
def test_only_a_span_whose_next_lag_failed_is_measured(tested, span, status, at_least) -> None:
    found = edge_of(outcomes(tested))
    assert found[:3] == (span, status, at_least)


def test_a_task_that_begins_beyond_1_may_fail_where_it_begins() -> None:
    assert edge_of({5: "failed"}, smallest=5).span == 0
    assert edge_of({5: "failed"}, smallest=1).span is None


def test_a_protocol_may_ask_for_less_than_the_next_lag() -> None:
    tested = outcomes("100s 110f")
    assert edge_of(tested).status == "at_least"
    assert edge_of(tested, resolution=0.1).span == 100
    assert edge_of(outcomes("5s 7f"), resolution=0.1).status == "at_least"


@given(st.dictionaries(st.integers(0, 30), st.sampled_from(sorted(KINDS.values()))))
def test_a_bound_is_never_above_what_was_solved(tested) -> None:
    found = edge_of(tested)
    assert (found.span is not None) == (found.status == "measured")
    assert (found.at_least is None) == (found.status == "undecided")
    if found.at_least:
        assert tested[found.at_least] == "solved"
        assert all(how == "solved" for lag, how in tested.items() if lag <= found.at_least)


def shown(*rows, **changes):
    """A sheet of these rows, with what they say about the span."""
    known = edge_of({one.lag: one.outcome for one in rows})
    return replace(
        sheet("gru", *rows),
        span=known.span,
        span_status=known.status,
        span_at_least=known.at_least,
        first_failed=known.first_failed,
        **changes,
    )


@pytest.mark.parametrize(
    ("tested", "span", "said"),
    [
        ("1s 2f", "1", "the first lag that failed is 2"),
        ("5s 7f", "at least 5", "the first lag that failed is 7; lag 6 was not tested"),
        ("4s 8f", "at least 4", "the first lag that failed is 8; 5 to 7 were not tested"),
        ("5s 6u 7f", "at least 5", "the first lag that failed is 7; lag 6 is undecided"),
        ("1s", "at least 1", "no tested lag failed"),
        ("1u", "undecided", "lag 1 is undecided"),
        ("5f", "undecided", "the first lag that failed is 5; no smaller one was tested"),
        ("", "undecided", "no lag was tested"),
    ],
)
def test_every_output_says_the_same(tested, span, said) -> None:
    one = shown(*(row(lag, 0.9, how) for lag, how in outcomes(tested).items()))
    assert (span_known(one), edge(one)) == (span, said)
    assert f"span {span}," in repr(one)
    assert f"span     {span}  {said}" in str(one)
    assert ("Span", span, said) in facts(one)
    assert span in models_table(ComparisonData((one,), (), (), 1.0)).rows[0]


def test_figure_and_page_say_it_too() -> None:
    one = shown(row(5, 1.0, "solved"), row(7, 0.5, "failed"))
    assert one.figure()._suptitle.get_text() == "gru: span at least 5"
    assert "at least 5" in one._repr_html_()
    assert "at least 5" in page_html(one._page())


def test_a_file_from_before_has_it_in_its_rows() -> None:
    old = full_sheet().to_dict()
    del old["span_status"], old["span_at_least"]
    for name, outcome, known in (
        ("as it was", "undecided", (None, "at_least", 2)),
        ("failed at 3", "failed", (2, "measured", 2)),
    ):
        old["per_lag"][2]["outcome"] = outcome
        read = SheetData.from_dict({**old, "span": 0, "model": name})
        assert (read.span, read.span_status, read.span_at_least) == known


def test_a_comparison_from_before_there_was_a_status_can_be_read() -> None:
    content = ComparisonData((full_sheet(),), (), (), 1.0).to_dict()
    (old,) = content["sheets"]
    del old["span_status"], old["span_at_least"]
    read = ComparisonData.from_dict(content)
    assert [(one.span_status, one.span_at_least) for one in read.sheets] == [("at_least", 2)]
