from dataclasses import replace

import pytest

from echospan.errors import ConfigError
from echospan.measure import Interval
from echospan.report.objects import Sheet
from echospan.results.comparison import Farther
from echospan.results.lag_row import LagRow, SeedScore
from echospan.spans.compare import compare, differences, farther, hull


def row(lag: int, *seeds: tuple[float, float, float]) -> LagRow:
    """One lag; each seed as (low, share, high)."""
    listed = tuple(
        SeedScore(number, share, Interval(low, high), None, False, "stalled", 100)
        for number, (low, share, high) in enumerate(seeds)
    )
    low, share, high = sorted(seeds)[(len(seeds) - 1) // 2]
    return LagRow(
        lag, "failed", share, Interval(low, high), share, None, None, None, None, 0.0, 0.01, 100,
        listed, {}, {}, (), 32, 1000,
    )  # fmt: skip


def sheet(model: str, *rows: LagRow) -> Sheet:
    return Sheet(
        model, "keras", "gradient", 10, 1, None, 4, "echo", 2, 0.95, 0.95, "1 s", None,
        "undecided", None, None, rows, 0.25, {}, "Nothing.", "undecided",
    )  # fmt: skip


def test_only_a_gap_between_all_intervals_is_beyond_them() -> None:
    good = sheet("good", row(1, (0.80, 0.82, 0.84), (0.90, 0.92, 0.94)))
    bad = sheet("bad", row(1, (0.70, 0.72, 0.74), (0.76, 0.77, 0.79)))
    near = sheet("near", row(1, (0.70, 0.72, 0.74), (0.76, 0.78, 0.81)))
    (found,) = differences([bad, good])
    assert (found.better, found.worse, found.beyond) == ("good", "bad", True)
    assert found.by == pytest.approx(0.10)
    (other,) = differences([good, near])
    assert not other.beyond
    assert hull(good.per_lag[0]) == (0.80, 0.94)


def test_only_common_lags_are_compared() -> None:
    one = sheet("one", row(1, (0.1, 0.2, 0.3)), row(2, (0.1, 0.2, 0.3)))
    other = sheet("other", row(2, (0.5, 0.6, 0.7)), row(3, (0.5, 0.6, 0.7)))
    assert [found.lag for found in differences([one, other])] == [2]


def test_an_open_lag_is_no_difference() -> None:
    one = sheet("one", row(2, (0.1, 0.2, 0.3)))
    still = sheet("still", replace(row(2, (0.5, 0.6, 0.7)), outcome="undecided"))
    assert differences([one, still]) == []


def test_where_both_solved_it_how_far_above_the_threshold_is_no_difference() -> None:
    one, other = row(2, (0.95, 0.96, 0.97)), row(2, (0.98, 0.99, 1.0))
    sheets = [sheet("one", one), sheet("other", replace(other, outcome="solved"))]
    assert [found.better for found in differences(sheets)] == ["other"]
    sheets[0] = sheet("one", replace(one, outcome="solved"))
    assert differences(sheets) == []


def test_one_is_farther_when_it_solved_where_the_other_failed() -> None:
    far = replace(sheet("far"), span=None, span_at_least=9, first_failed=12)
    near = replace(sheet("near"), span=None, span_at_least=5, first_failed=9)
    close = replace(sheet("close"), span=None, span_at_least=8, first_failed=10)
    still = replace(sheet("open"), span=None, span_at_least=4, first_failed=None)
    assert farther([near, far, close, still]) == [Farther("far", None, "near", 9, 9)]


def test_two_that_fail_at_lag_0_are_not_farther_than_each_other() -> None:
    both = [replace(sheet(name), span=0, span_at_least=0, first_failed=0) for name in "ab"]
    assert farther(both) == []


def test_models_without_width_keep_theirs() -> None:
    found = compare(["last-value", "chance"], symbols=4, lags=[0], params=500, seeds=1)
    assert [(s.parameters, s.wanted_parameters) for s in found.sheets] == [(0, 500), (0, 500)]
    said = "last-value has 0 parameters, not the 500 asked for: it has no width"
    assert said in " ".join(str(found).split())
    assert said in " ".join(str(found.sheets[0]).split())
    assert said in found._repr_html_()
    (difference,) = found.differences
    assert (difference.better, difference.beyond) == ("last-value", True)
    assert found.to_dict()["models"] == ["last-value", "chance"]


def test_a_mistake_in_the_last_model_shows_before_the_first_is_trained() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'gru'"):
        compare(["lstm", "gruu"])
    with pytest.raises(ConfigError, match="two or more different models"):
        compare(["lstm", "lstm"])
