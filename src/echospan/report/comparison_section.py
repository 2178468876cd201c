"""Several memory spec sheets side by side: the first section of their page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.report.comparison import told
from echospan.report.figures import sheet as figures
from echospan.report.markup import figure, note, paragraph, table, text
from echospan.report.sheet_words import bits, failed
from echospan.report.svg import inline_svg
from echospan.report.values import count


def comparison_section(sheets: Sequence[Mapping[str, Any]], comparison: Mapping[str, Any]) -> str:
    """One figure, one table, and what sets the models apart."""
    svg = inline_svg(figures.compared(sheets), "compared", "Accuracy by lag of each model.")
    rows = [
        [
            text(sheet.get("model")),
            count(sheet.get("parameters")),
            count(sheet.get("span")),
            text(failed(sheet)),
            bits(sheet.get("bits_held")),
            text(sheet.get("verdict_code")),
        ]
        for sheet in sheets
    ]
    head = ("model", "parameters", "span", "first failed", "bits held", "verdict")
    return (
        '<section class="card"><header><h2>Side by side</h2></header>'
        + figure(
            svg,
            "Marks are median seeds, hollow where undecided; bars are their intervals, thin lines "
            "go from the lowest seed to the highest. Dotted: the threshold.",
        )
        + table(head, rows, "The models", numeric=(1, 2, 3, 4))
        + _apart(comparison)
        + "</section>"
    )


def _apart(comparison: Mapping[str, Any]) -> str:
    sentences = "".join(paragraph(sentence) for sentence in told(comparison))
    return f"<h3>What sets them apart</h3>{sentences}" + note(
        "One model is farther than another when it solved the lag at which the other failed. "
        "Beyond the intervals: every seed of the one lies above every seed of the other, "
        "intervals included. Lags that both solved are left out: how far above the threshold "
        "a training ends says nothing about the model.",
        "mild",
    )
