from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import matplotlib
import pytest
from matplotlib.figure import Figure

from echospan.report import figures
from echospan.report.figures import style
from echospan.report.figures.comparison import Bar
from report.samples import grid, hidden, history, lag_variants, stored, variants

FIGURES: dict[str, Callable[[], Figure]] = {
    "training": lambda: figures.training_curve(history(300), 4.6, 0.01),
    "echo": lambda: figures.expected_against_predicted(
        stored()["expected"], stored()["predicted"], stored()["inputs"], 1
    ),
    "position": lambda: figures.accuracy_by_position(**stored()["accuracy_by_position"]),
    "hidden": lambda: figures.hidden_state(**hidden()),
    "comparison": lambda: figures.comparison(list(map(Bar.of, variants())), 0.01),
    "grid": lambda: figures.grid(grid(), variants(), 0.01),
    "lags": lambda: figures.lags(lag_variants(), 0.01),
}


@pytest.mark.parametrize("name", FIGURES)
def test_white_ground_one_width_agg_canvas(name: str) -> None:
    figure = FIGURES[name]()
    assert figure.get_size_inches()[0] == style.WIDTH
    assert figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0)
    assert type(figure.canvas).__name__ == "FigureCanvasAgg"


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_readable_at_700_pixels(name: str) -> None:
    from matplotlib.text import Text

    sizes = [text.get_fontsize() for text in FIGURES[name]().findobj(Text) if text.get_text()]
    # 700 pixels across 7.2 inches: 6.5 points are 8.8 pixels.
    assert min(sizes) >= 6.5


def test_settings_of_the_process_are_left_alone() -> None:
    matplotlib.rcParams["font.size"] = 31
    try:
        before = dict(matplotlib.rcParams)
        for draw in FIGURES.values():
            draw()
        assert dict(matplotlib.rcParams) == before
    finally:
        matplotlib.rcdefaults()


def test_importing_the_report_imports_neither_matplotlib_nor_jax_nor_keras() -> None:
    script = (
        "import sys; import echospan.report, echospan.report.figures, echospan.report.terminal;"
        "print(sorted({'matplotlib', 'jax', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_pyplot() -> None:
    script = (
        "import sys; from echospan.report.figures import training_curve, save;"
        "training_curve({'epoch': [1, 2], 'loss': [2, 1]});"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_script_that_the_font_lacks_is_no_error() -> None:
    figure = figures.comparison([Bar("回声", 0.5)])
    from echospan.report.figures.save import rendered

    assert rendered(figure, "png").startswith(b"\x89PNG")
