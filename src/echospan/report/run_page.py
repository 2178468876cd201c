"""Runs as one HTML page, and as a card of a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from echospan.errors import ConfigError
from echospan.report import run_tables as tables
from echospan.report import words
from echospan.report.check_tables import AS_TABLE, REACH, found_blocks, reach_tables
from echospan.report.document import (
    Card,
    Columns,
    Facts,
    Fold,
    Heading,
    Interactive,
    Page,
    Paragraph,
    Sentences,
    Undrawn,
    beside,
    page_html,
    picture,
    slug,
)
from echospan.report.figures.comparison import Bar, comparison
from echospan.report.files import write_whole
from echospan.report.panels import COMPARED, SEQUENCE, Panel, main_panel, panels
from echospan.report.tables import Block, Table
from echospan.report.values import percent
from echospan.report.view import RunView
from echospan.results.check_report import CheckData
from echospan.results.run import RunData
from echospan.widgets.data import reach_data

FOOTER = (
    "Accuracy is the share of scored steps predicted exactly, on sequences that were not used in "
    "training. The interval of one run says how much other sequences (on your own series: another "
    "stretch of it) would change its accuracy; over seeds it is that of their mean."
)
_STATE_KIND = {"failed": "warn", "interrupted": "warn", "finished": "good"}


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
    return page_html(page_of(runs, title=title, intro=intro))


def page_of(runs: Sequence[RunView], *, title: str, intro: str = "") -> Page:
    """The report as a page.

    Raises:
        ConfigError: There is no run.
    """
    if not runs:
        raise ConfigError("runs", "at least one run", [])
    finished = sum(view.state == "finished" for view in runs)
    amount = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    state = "" if finished == len(runs) else f", {finished} of them finished"
    places = anchors(runs)
    cards = [run_card(view, place) for view, place in zip(runs, places, strict=True)]
    beside = [_comparison(runs, places)] if len(runs) > 1 else []
    lines = [*_paragraphs(intro), f"{amount}{state}."]
    return Page(title, "echospan report", [*beside, *cards], lines, FOOTER)


def anchors(views: Sequence[RunView]) -> list[str]:
    """One id per run, unique even where two runs are called the same."""
    return [f"run-{place}-{slug(view.recipe)}" for place, view in enumerate(views, 1)]


def short_card(result: RunData) -> Card:
    """What a notebook shows of a result: headline, key figures, one figure, the table."""
    view = RunView.of_result(result)
    verdict = result.standing
    panel = main_panel(view)
    blocks: list[Block] = [
        Paragraph(words.headline(result)),
        Facts(tables.facts(result)),
        *([_drawn(panel, "result", ())] if panel is not None else []),
        tables.result_table(result),
        *([Sentences(result.explanation)] if result.explanation else []),
    ]
    return Card(
        view.recipe,
        blocks,
        badge=verdict,
        badge_kind=words.BADGES.get(verdict, ""),
        identity=f"run {result.run_id}" if result.run_id else "",
    )


def run_card(view: RunView, anchor: str) -> Card:
    """Everything about one run; ``anchor`` is its id and the prefix of ids inside."""
    result, check = view.result, view.check
    blocks = _opening(view)
    for heading, group in groupby(panels(view), key=lambda panel: panel.heading):
        blocks.append(Heading(heading))
        if heading == REACH and check is not None:
            blocks += _of_rows(check, result)
        for panel in group:
            drawn = _drawn(panel, anchor, tables.instead(panel.name, view))
            if panel.name == "reach" and check is not None:
                drawn = Interactive("reach", reach_data(check), [drawn])
            elif panel.name == "hidden-state" and view.state_picture:
                drawn = Interactive("state", view.state_picture, [drawn])
            folds = panel.fold and not isinstance(drawn, Undrawn)
            blocks.append(Fold(panel.fold, [drawn]) if folds else drawn)
            steps = tables.steps_table(result) if result and panel.name == SEQUENCE else None
            if steps is not None and steps.rows:
                blocks += beside(drawn, "The same sequence as a table", [steps])
        if heading == REACH and check is not None:
            blocks += [*beside(drawn, AS_TABLE, reach_tables(check)), *found_blocks(check)]
        if heading == COMPARED and result is not None:
            variants = tables.variants_table(result)
            blocks += beside(drawn, "The same numbers as a table", [variants])
    if check is not None and not check.reach:
        # Nothing could be probed; what order and data say holds all the same.
        blocks += [Heading(REACH), *_of_rows(check, result)]
        blocks += found_blocks(check)
    pairs = [t for t in (tables.settings_table(view), tables.environment_table(view)) if t.rows]
    if pairs:
        blocks.append(Fold("Settings and environment", [Columns(pairs)], "particulars"))
    verdict = result.standing if result is not None and view.state == "finished" else ""
    kind = words.BADGES.get(verdict, "") if verdict else _STATE_KIND.get(view.state, "")
    accuracy = None if result is None else result.accuracy
    return Card(
        view.recipe,
        blocks,
        anchor=anchor,
        badge=verdict or view.state,
        badge_kind=kind,
        identity=f"run {view.run_id}",
        fact=view.state if accuracy is None else percent(accuracy),
    )


def _opening(view: RunView) -> list[Block]:
    """Introduction, headline, scale, key figures and explanation."""
    blocks: list[Block] = [Paragraph(part, "intro") for part in _paragraphs(view.intro)]
    result = view.result
    if result is not None:
        headline, scale = words.headline(result, view.seed), tables.scale(result)
        blocks += [Paragraph(headline, "lead")] if headline else []
        blocks += [scale] if scale is not None else []
        facts = tables.facts(result)
        blocks += [Facts(facts)] if facts else []
    if view.state != "finished" or result is None:
        blocks.append(Paragraph(words.unfinished(view.state, view.run_id, view.failure), "note"))
    blocks += [Paragraph(problem, "note") for problem in view.problems]
    if result is not None:
        said = _not_drawn(result)
        blocks += [Sentences(said)] if said else []
        blocks += [Paragraph(sentence, "note mild") for sentence in result.notes]
    return blocks


def _not_drawn(result: RunData) -> list[str]:
    """The explanation without the sentences that name each variant: their figure has the same."""
    names = tuple(f"{one.title}: ".lower() for one in result.variants)
    return [one for one in result.explanation if not one.lower().startswith(names)]


def _of_rows(check: CheckData, result: RunData | None) -> list[Block]:
    """What the check says of rows and state, but for what the run's explanation says already."""
    explained = "" if result is None else " ".join(result.explanation)
    rows = [row for row in check.rows if row not in explained]
    return [Sentences(rows)] if rows else []


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]


def _drawn(panel: Panel, anchor: str, instead: Sequence[Table] | None) -> Block:
    name = f"{anchor}-{panel.name}"
    return picture(panel.draw, name, panel.caption, panel.alt, panel.name, instead)


def _comparison(views: Sequence[RunView], places: Sequence[str]) -> Card:
    """All runs beside each other, as a figure and as a table."""
    known = [(view, view.result) for view in views if view.result is not None]
    scored = [(view, result) for view, result in known if result.accuracy is not None]
    blocks: list[Block] = [_figure(scored)] if len(scored) > 1 else []
    blocks.append(tables.runs_table(views, places))
    fact = f"{len(views)} runs"
    return Card("Comparison", blocks, anchor="comparison", fact=fact, tag="section")


def _figure(scored: Sequence[tuple[RunView, RunData]]) -> Block:
    levels = {result.chance for _, result in scored}
    common = next(iter(levels)) if len(levels) == 1 else None
    names = [view.recipe for view, _ in scored]
    rows = [
        Bar(
            view.recipe if names.count(view.recipe) == 1 else _with_seed(view),
            result.accuracy,
            result.accuracy_interval,
            chance=None if common is not None else result.chance,
        )
        for view, result in scored
    ]
    listed = "; ".join(f"{row.label} {percent(row.accuracy)}" for row in rows[:20])
    caption = "Accuracy on new sequences; bars are intervals"
    caption += (
        "."
        if common is not None
        else ". Runs differ in their task: compare each with its own chance level, the upright "
        "stroke."
    )
    return picture(
        lambda: comparison(rows, common, title="Accuracy by run"),
        "comparison-comparison",
        caption,
        f"Dot chart of accuracies: {listed}.",
        instead=(),
    )


def _with_seed(view: RunView) -> str:
    seed = tables.seed_of(view)
    return f"{view.recipe}, {view.run_id if seed is None else f'seed {seed}'}"
