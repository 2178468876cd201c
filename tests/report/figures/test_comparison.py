from __future__ import annotations

from echospan.report.figures import comparison
from echospan.report.figures.comparison import Bar
from report.samples import HOSTILE, variants

from .helpers import line, lines, texts


def test_one_row_per_variant_in_order() -> None:
    given = variants()
    axes = comparison(list(map(Bar.of, given)), 0.01).axes[0]
    dots = [
        (made.get_xdata()[0], made.get_ydata()[0])  # type: ignore[index]
        for made in lines(axes, "accuracy")
    ]
    assert dots == [(one.accuracy, place) for place, one in enumerate(given)]
    bars = [list(made.get_xdata()) for made in lines(axes, "interval")]  # type: ignore[arg-type]
    assert bars == [list(one.interval or ()) for one in given]
    rings = [list(made.get_xdata()) for made in lines(axes, "seeds")]  # type: ignore[arg-type]
    assert rings == [list(one.accuracies) for one in given]
    assert set(line(axes, "chance")[0]) == {0.01}
    # The first row stands at the top.
    low, high = axes.get_ylim()
    assert low > high


def test_values_names_and_seeds_are_written() -> None:
    figure = comparison(list(map(Bar.of, variants())))
    written = " ".join(texts(figure)).replace("\n", " ")
    assert "rows aligned, through the sequence" in written
    assert "99.7 %" in written
    assert texts(figure).count("3 seeds") == 4


def test_own_chance_baselines_and_missing_results() -> None:
    figure = comparison(
        [
            Bar("a", 0.5, chance=0.25),
            Bar("b", 0.3, baseline=True),
            Bar("c", None),
        ]
    )
    axes = figure.axes[0]
    assert line(axes, "chance")[0].tolist() == [0.25]
    first, second = lines(axes, "accuracy")
    assert first.get_marker() != second.get_marker()
    assert first.get_color() != second.get_color()
    assert "no result" in texts(figure)


def test_empty_and_hostile() -> None:
    assert "There is no variant to compare." in texts(comparison([]))
    figure = comparison([Bar(HOSTILE, 0.5)])
    figure.draw_without_rendering()
    assert any("<script>" in text for text in texts(figure))
