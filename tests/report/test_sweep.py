import pytest

from echospan.errors import ConfigError, DataError
from echospan.report.sweep_objects import SweepResult
from echospan.results.sweep import SweepRow
from report.sweeps import result, rows

pytest.importorskip("matplotlib")


def series(figure):
    return [
        (line.get_label(), list(line.get_xdata()), list(line.get_ydata()))
        for line in figure.axes[0].lines
        if line.get_gid() == "mean"
    ]


def test_lines_are_means_over_seeds_one_for_each_value_of_another_field():
    found = series(result().figure())
    assert [label for label, _, _ in found] == ["kind lstm", "kind gru"]
    assert found[0][1] == [1, 2, 4]
    assert found[0][2] == pytest.approx([0.95, 0.45, 0.2])


def test_any_field_may_go_along_the_axis():
    found = series(result().plot(x="model.kind", by="task.lag"))
    assert [label for label, _, _ in found] == ["lag 1", "lag 2", "lag 4"]
    assert found[0][1] == [0, 1]


def test_scaling_has_two_log_axes_and_takes_numbers_of_the_units():
    figure = result().plot("scaling", x="parameters", by="model.kind")
    assert figure.axes[0].get_xscale() == figure.axes[0].get_yscale() == "log"
    assert series(figure)[0][1] == [100, 200, 400]


def test_whole_numbers_have_ticks_at_whole_numbers_and_each_place_its_own():
    def row(lag, needs):
        return SweepRow({"lag": lag}, "finished", str(lag), "run", {"needs": needs}, 1.0)

    figures = [
        SweepResult("s", "needs", ("lag",), {"needs": "Int64"}, "needs", 3, 3, rows=tuple(rows))
        .figure()
        .axes[0]
        for rows in (
            [row(1, 2), row(5, 2), row(9, 2)],
            [row(1, 0), row(2, 30), row(1000, 7)],
            [row("a", 0), row("b", 0), row("c", None)],
        )
    ]
    for axes in figures:
        low, high = axes.get_ylim()
        shown = [tick for tick in axes.get_yticks() if low <= tick <= high]
        assert len(shown) >= 2
        assert all(tick == int(tick) for tick in shown)
    assert list(figures[0].get_xticks()) == [1, 5, 9]
    # Two of three lie too close together.
    assert list(figures[1].get_xticks()) != [1, 2, 1000]
    assert figures[2].get_xlim() == (-0.5, 2.5)


def test_words_are_no_number_to_draw():
    row = SweepRow({"lag": 1}, "finished", "1", "run", {"verdict": "fault", "faults": 1}, 1.0)
    columns = {"verdict": "String", "faults": "Int64"}
    made = SweepResult("s", "conform", ("lag",), columns, "faults", 1, 1, rows=(row,))
    with pytest.raises(ConfigError, match="y must be one of faults; got 'verdict'"):
        made.plot(y="verdict")


def test_a_heat_map_where_lines_would_be_too_many():
    many = rows(lags=range(1, 9), kinds=[f"k{number}" for number in range(8)], seeds=(0,))
    figure = result(many).figure()
    assert figure.axes[0].images[0].get_array().shape == (8, 8)
    again = result().plot("heat", x="task.lag", y="model.kind", by="parameters")
    assert again.axes[0].images[0].get_array()[1, 2] == 400


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": "task.lags"}, "Did you mean 'task.lag'"),
        ({"y": "loss"}, "y must be one of accuracy, parameters"),
        ({"by": "lag"}, "by must be one of"),
        ({"kind": "pie"}, "kind must be"),
        ({"kind": "scaling", "x": "model.kind"}, "a field of numbers"),
    ],
)
def test_what_is_not_there_is_named(given, said):
    with pytest.raises(ConfigError, match=said):
        result().plot(**given)


def test_nothing_finished_is_no_figure():
    with pytest.raises(DataError, match="nothing to draw"):
        result([SweepRow({}, "missing", "a")]).figure()


def test_it_shows_itself_everywhere(tmp_path):
    made = result(
        [*rows(), SweepRow({"seed": 9}, "failed", "x", "r", error="ValueError: [bold]no")]
    )
    assert "13 units" in str(made)
    assert "seed=9: ValueError: [bold]no" in str(made)
    for name in ("a.html", "a.md", "a.tex", "a.json", "a.png"):
        assert made.save(tmp_path / name).stat().st_size
    assert "<svg" in made._repr_html_()


def test_a_frame_has_a_row_for_each_unit(tmp_path):
    polars = pytest.importorskip("polars")
    listed = [*rows(seeds=(0,)), SweepRow({"task.lag": 9, "model.kind": "x"}, "missing", "f")]
    made = result(listed)
    frame = made.to_frame()
    assert frame.height == 7
    assert frame["task.lag"].dtype == polars.Int64
    assert frame.row(-1, named=True)["accuracy"] is None
    made.save(tmp_path / "a.parquet")
    assert polars.read_parquet(tmp_path / "a.parquet").equals(frame)
    mixed = result(
        [SweepRow({"a": [1, 2]}, "missing", "f"), SweepRow({"a": 1}, "missing", "g")], ("a",)
    )
    assert mixed.to_frame()["a"].to_list() == ["[1, 2]", "1"]
