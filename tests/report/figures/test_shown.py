"""Figures in notebooks."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
formatters = pytest.importorskip("IPython.core.formatters")

import echospan  # noqa: E402


def test_a_notebook_shows_a_figure_without_pyplot():
    figure = echospan.needs(np.random.default_rng(0).integers(0, 2, 60)).figure()
    shown, _ = formatters.DisplayFormatter().format(figure)
    assert "<svg" in shown["image/svg+xml"]
    assert shown["text/plain"].startswith("<Figure size ")
