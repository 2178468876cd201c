"""The curve of a training as a chart of a page: made once, then only its points change."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from echospan.lab.jobs import Curve

MOST = 8
"""Curves that one chart shows."""

COLOURS = ("#0072b2", "#d55e00", "#00805d", "#a5568a", "#a67c00", "#5cb3ea", "#ff9455", "#4cc9a0")
DASHES = ("solid", "dashed", "dotted", "solid", "dashed", "dotted", "solid", "dashed")


class Curves:
    """Loss by epoch, one line a training."""

    def __init__(self) -> None:
        grey = "#7b8894"
        axis = {"nameLocation": "middle", "nameTextStyle": {"color": grey, "fontSize": 14}}
        label = {"axisLabel": {"color": grey, "fontSize": 14}}
        self.chart = ui.echart(
            {
                "animation": False,
                "grid": {"left": 70, "right": 24, "top": 48, "bottom": 56},
                "legend": {
                    "type": "scroll",
                    "top": 0,
                    "textStyle": {"color": grey, "fontSize": 14},
                },
                "tooltip": {"trigger": "axis"},
                "aria": {"enabled": True},
                "xAxis": {"type": "value", "name": "epoch", "nameGap": 32, **axis, **label},
                "yAxis": {
                    "type": "log",
                    "name": "loss (log scale)",
                    "nameGap": 52,
                    **axis,
                    **label,
                },
                "series": [
                    {
                        "type": "line",
                        "name": "",
                        "showSymbol": False,
                        "data": [],
                        "lineStyle": {"type": dash, "width": 2},
                        "color": colour,
                    }
                    for colour, dash in zip(COLOURS, DASHES, strict=True)
                ],
            }
        ).classes("w-full h-72")
        self.chart.props('role=img aria-label="Loss by epoch"')

    def show(self, curves: list[Curve]) -> None:
        """Show these trainings."""
        series: list[dict[str, Any]] = self.chart.options["series"]
        for place, one in enumerate(series):
            curve = curves[place] if place < min(MOST, len(curves)) else None
            one["name"] = curve.label if curve else ""
            points = curve.points if curve else []
            one["data"] = [
                [epoch, logs["loss"]] for epoch, logs in points if logs.get("loss", 0) > 0
            ]
        self.chart.update()
