from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.report.figures import lags
from echospan.report.figures.lags import by_lag
from echospan.results.run import Variant
from report.samples import lag_variants, variants

from .helpers import line, lines


def test_one_curve_per_other_setting_in_order_of_lag() -> None:
    accuracy, seconds = lags(lag_variants(), 0.01).axes
    curves = lines(accuracy, "accuracy")
    assert [curve.get_label() for curve in curves] == ["units 10", "units 20"]
    for curve, units in zip(curves, (10, 20), strict=True):
        assert list(curve.get_xdata()) == [1, 2, 8]  # type: ignore[arg-type]
        assert list(curve.get_ydata()) == [  # type: ignore[arg-type]
            1 / (1 + lag / units) for lag in (1, 2, 8)
        ]
    assert curves[0].get_marker() != curves[1].get_marker()
    assert list(lines(seconds, "seconds")[0].get_ydata()) == [2.0, 3.0, 9.0]  # type: ignore[arg-type]
    assert set(line(accuracy, "chance")[1]) == {0.01}
    assert seconds.get_legend() is not None


def test_without_seconds_there_is_one_panel_and_without_other_settings_no_legend() -> None:
    given = [Variant(settings={"task.lag": lag}, accuracy=0.5) for lag in (1, 2)]
    (axes,) = lags(given).axes
    assert axes.get_legend() is None
    assert line(axes, "accuracy")[0].tolist() == [1, 2]


def test_variants_without_lag_or_accuracy_are_left_out() -> None:
    given = [*variants(), Variant(settings={"task.lag": 3})]
    assert by_lag(given) == {}
    with pytest.raises(DataError, match=r"task\.lag"):
        lags(given)
