"""Where a result lies between nothing and everything: one line from 0 to 100 %."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.report.markup import attribute, text
from echospan.report.values import number, pair, percent, percent_interval


def scale(result: Mapping[str, Any]) -> str:
    """A line with the accuracy, its interval, chance and ceiling; empty without an accuracy."""
    accuracy = number(result.get("accuracy"))
    if accuracy is None:
        return ""
    parts = ['<span class="track"></span>']
    ends = pair(result.get("accuracy_interval"))
    spoken = [f"accuracy {percent(accuracy)}"]
    if ends is not None:
        left, right = _place(ends[0]), _place(ends[1])
        parts.append(
            f'<span class="range" style="left:{left:.2f}%;width:{right - left:.2f}%"></span>'
        )
        spoken.append(f"interval {percent_interval(ends)}")
    for name in ("chance", "ceiling"):
        level = number(result.get(name))
        if level is not None:
            place = _place(level)
            side = "start" if place < 15 else "end" if place > 85 else "middle"
            parts.append(
                f'<span class="tick {side}" style="left:{place:.2f}%">'
                f"<span>{text(name)} {text(percent(level))}</span></span>"
            )
            spoken.append(f"{name} {percent(level)}")
    parts.append(f'<span class="dot" style="left:{_place(accuracy):.2f}%"></span>')
    label = "On a line from 0 to 100 %: " + ", ".join(spoken)
    return f'<div class="scale" role="img" aria-label="{attribute(label)}">{"".join(parts)}</div>'


def _place(share: float) -> float:
    return min(1.0, max(0.0, share)) * 100
