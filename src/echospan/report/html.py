"""One HTML file about one or more runs. It needs no script, no network and no second file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echospan.errors import ConfigError
from echospan.report.files import write_whole
from echospan.report.markup import paragraph, text
from echospan.report.overview import comparison_section, contents
from echospan.report.sections import anchors, run_section
from echospan.report.stylesheet import stylesheet
from echospan.report.view import RunView


def write_report(runs: Sequence[RunView], path: str | Path, *, title: str, intro: str = "") -> Path:
    """Write a report; the file appears whole or not at all.

    Args:
        runs: In the order of the report. Several get a comparison in front.
        path: Where to; missing folders are made.
        title: Heading of the page.
        intro: Text below it, paragraphs apart by an empty line.

    Returns:
        The path that was written.

    Raises:
        ConfigError: There is no run, or the place cannot be written to.
    """
    return write_whole(Path(path), page(runs, title=title, intro=intro).encode())


def page(runs: Sequence[RunView], *, title: str, intro: str = "") -> str:
    """The report as text.

    Raises:
        ConfigError: There is no run.
    """
    if not runs:
        raise ConfigError("runs", "at least one run", [])
    places = anchors(runs)
    parts = [
        _masthead(runs, title, intro),
        contents(runs, places) if len(runs) > 1 else "",
        comparison_section(runs, places),
        *(run_section(view, place) for view, place in zip(runs, places, strict=True)),
        _footer(),
    ]
    return document(title, "\n".join(part for part in parts if part))


def document(title: str, body: str) -> str:
    """A page of the report's look around a body that is already HTML."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="echospan">
<title>{text(title)}</title>
<style>
{stylesheet()}</style>
</head>
<body>
<main class="page">
{body}
</main>
</body>
</html>
"""


def _masthead(runs: Sequence[RunView], title: str, intro: str) -> str:
    finished = sum(view.state == "finished" for view in runs)
    amount = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    state = "" if finished == len(runs) else f", {finished} of them finished"
    lines = [paragraph(part) for part in intro.split("\n\n") if part.strip()]
    return "\n".join(
        [
            '<header class="masthead">',
            '<p class="eyebrow">echospan report</p>',
            f"<h1>{text(title)}</h1>",
            *lines,
            paragraph(f"{amount}{state}."),
            "</header>",
        ]
    )


def _footer() -> str:
    return (
        "<footer><p>Accuracy is the share of scored steps answered exactly, on sequences drawn "
        "apart from training. Intervals of single runs are Wilson intervals; over seeds they are "
        "percentile bootstraps.</p></footer>"
    )
