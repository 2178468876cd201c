"""What a figure holds, by the names that its artists carry."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def lines(axes: Axes, gid: str) -> list[Line2D]:
    return [line for line in axes.get_lines() if line.get_gid() == gid]


def line(axes: Axes, gid: str) -> tuple[np.ndarray, np.ndarray]:
    found = lines(axes, gid)
    assert len(found) == 1, f"{len(found)} lines named {gid!r}"
    return np.asarray(found[0].get_xdata()), np.asarray(found[0].get_ydata())


def collections(axes: Axes, gid: str) -> list[Any]:
    return [made for made in axes.collections if made.get_gid() == gid]


def texts(figure: Figure, gid: str | None = None) -> list[str]:
    from matplotlib.text import Text

    return [
        made.get_text()
        for made in figure.findobj(Text)
        if made.get_text() and (gid is None or made.get_gid() == gid)
    ]
