"""Memory spec sheets as one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from echospan.report.comparison_section import comparison_section
from echospan.report.figures import sheet as figures
from echospan.report.html import document
from echospan.report.markup import figure, fold, note, paragraph, slug, table, text
from echospan.report.sheet_words import bits, capacity, distance_of, failed, rates_tried
from echospan.report.svg import inline_svg
from echospan.report.values import (
    count,
    duration,
    items,
    mapping,
    number,
    percent,
    percent_interval,
    variants_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOOTER = (
    "Accuracy is the share of right answers on new sequences, for the echo task four times longer "
    "than in training; where answers are numbers R2 stands in its place, the share of the variance "
    "that they explain. "
    "Intervals of one seed are Wilson intervals. A lag is solved when the interval of the median "
    "seed lies above the threshold. Bits by Fano's inequality are a lower bound: exact where wrong "
    "answers are spread evenly, zero at chance. Bits held are the sum of that bound, at the lower "
    "end of the interval, over linear probes at every distance, or what the answers prove, if more."
)


def page(content: Mapping[str, Any]) -> str:
    """One page about a sheet, or about the sheets of a comparison side by side."""
    sheets = variants_of(content.get("sheets")) or [content]
    names = ", ".join(str(sheet.get("model")) for sheet in sheets)
    title = f"Memory of {names}"
    parts = [
        f'<header class="masthead"><p class="eyebrow">echospan span</p><h1>{text(title)}</h1>'
        "</header>"
    ]
    if len(sheets) > 1:
        parts.append(comparison_section(sheets, content))
    parts += [_section(sheet, f"s{place}") for place, sheet in enumerate(sheets)]
    parts.append(f"<footer>{paragraph(FOOTER)}</footer>")
    return document(title, "\n".join(parts))


def _section(sheet: Mapping[str, Any], anchor: str) -> str:
    code = str(sheet.get("verdict_code"))
    kind = "good" if code == "solved" else "warn"
    body = [
        f'<header><div class="title"><h2>{text(sheet.get("model"))}</h2>'
        f'<span class="badge {kind}">{text(code)}</span></div>'
        f'<p class="identity">{text(_identity(sheet))}</p></header>',
        f'<p class="lead">{text(sheet.get("verdict"))}</p>',
        _facts(sheet),
        f"<h3>{text(distance_of(sheet).capitalize())} by {text(distance_of(sheet))}</h3>",
        _drawn(
            anchor,
            "lags",
            lambda: figures.accuracy_by_lag(sheet),
            "Median seed with its interval; grey dots are single seeds, hollow marks undecided. "
            "Dotted: the threshold for a solved lag.",
        ),
        _lags(sheet),
        "<h3>In one trained model</h3>",
        _drawn(
            anchor,
            "decay",
            lambda: figures.decay(sheet),
            "Linear probes on the frozen state, one for each distance, on sequences that they "
            "were not fitted to.",
        ),
        _drawn(
            anchor,
            "lengths",
            lambda: figures.length_generalisation(sheet),
            "Trained short, tested longer.",
        ),
        _conditions(sheet),
        "<h3>How much is held</h3>",
        _capacity(sheet, anchor),
        "<h3>Learning</h3>",
        _drawn(anchor, "curves", lambda: figures.learning_curves(sheet), "One line a seed."),
        _drawn(
            anchor,
            "gradient",
            lambda: figures.gradient_norms(sheet),
            "Norm of the loss's gradient with respect to the input k steps before the answer.",
        ),
        _rates(sheet),
        "<h3>Is it a sound memory?</h3>",
        _checks(sheet),
        _beside(sheet),
        *(note(remark, "mild") for remark in items(sheet.get("notes"))),
    ]
    return f'<article class="card" id="{anchor}">' + "\n".join(p for p in body if p) + "</article>"


def _identity(sheet: Mapping[str, Any]) -> str:
    parts = [
        f"task {sheet.get('task')}",
        *([f"{count(sheet['symbols'])} symbols"] if sheet.get("symbols") else []),
        f"{count(sheet.get('seeds'))} seeds",
        f"budget {sheet.get('budget')}",
        f"framework {sheet.get('framework')}",
    ]
    return ", ".join(parts)


def _facts(sheet: Mapping[str, Any]) -> str:
    field = number(sheet.get("receptive_field"))
    facts = [
        ("Span", count(sheet.get("span")), f"first failed: {failed(sheet)}"),
        ("Parameters", count(sheet.get("parameters")), ""),
        ("State", count(sheet.get("state_size")), f"{bits(sheet.get('bits_of_state'))} bits"),
        ("Bits held", bits(sheet.get("bits_held")), f"symbol {bits(sheet['bits_per_symbol'])}"),
        ("Receptive field", count(field), "no limit known" if field is None else "steps"),
        ("Time", duration(sheet.get("seconds")), f"{count(sheet.get('updates'))} updates"),
    ]
    cells = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}"
        + (f"<small>{text(more)}</small>" if more else "")
        + "</dd></div>"
        for name, value, more in facts
    )
    return f'<dl class="facts six">{cells}</dl>'


def _lags(sheet: Mapping[str, Any]) -> str:
    rows = []
    for row in variants_of(sheet.get("per_lag")):
        seeds = items(row.get("seeds"))
        won = sum(1 for seed in seeds if mapping(seed).get("solved"))
        outcome = str(row.get("outcome"))
        kind = {"solved": "hit", "failed": "miss"}.get(outcome, "")
        rate, bits = number(row.get("learning_rate")), number(row.get("bits"))
        rows.append(
            [
                count(row.get("lag")),
                text(percent(row.get("accuracy"))),
                text(percent_interval(row.get("interval"), "–")),
                text(percent(row.get("streamed"))),
                f"{won} of {len(seeds)}",
                "–" if bits is None else f"{bits:.2f}",
                "–" if rate is None else f"{rate:g}",
                count(row.get("updates")),
                f'<span class="{kind}">{text(outcome)}</span>',
            ]
        )
    head = (
        distance_of(sheet), str(sheet.get("scored_as", "accuracy")), "interval",
        "step by step", "seeds solved", "bits", "learning rate",
        "updates", "outcome",
    )  # fmt: skip
    chance = f"Chance is {percent(sheet.get('chance'))}."
    return table(head, rows, f"Median seed on new sequences. {chance}", numeric=range(8))


def _rates(sheet: Mapping[str, Any]) -> str:
    rows = []
    for row in variants_of(sheet.get("per_lag")):
        rate, raced = number(row.get("learning_rate")), rates_tried(row)
        if raced and rate is not None:
            rows.append([count(row.get("lag")), f"{rate:g}", text(raced)])
    if not rows:
        return ""
    words = "Chosen on validation sequences; lags that are not listed took the rate in force"
    content = table((distance_of(sheet), "chosen", "among"), rows, words, numeric=(0, 1))
    return fold("How the learning rate was chosen", content)


def _capacity(sheet: Mapping[str, Any], anchor: str) -> str:
    words = capacity(sheet)
    if not words:
        return paragraph("What is held at once follows from answers in the echo task only.")
    caption = (
        "Bits that answers prove to be held at once, the median seed and the range of all; dashed "
        "what each lag asks for."
    )
    drawn = _drawn(anchor, "capacity", lambda: figures.bits_by_lag(sheet), caption)
    return drawn + paragraph(f"{words[0].upper()}{words[1:]}.")


def _conditions(sheet: Mapping[str, Any]) -> str:
    rows = [
        [
            text(row.get("name")),
            text(percent(row.get("accuracy"))),
            text(percent_interval(row.get("interval"))),
        ]
        for row in variants_of(sheet.get("distractors"))
    ]
    if not rows:
        return ""
    return table(
        ("sequences", "accuracy", "interval"), rows, "Other symbols in between", numeric=(1, 2)
    )


def _checks(sheet: Mapping[str, Any]) -> str:
    rows = []
    for name, found in mapping(sheet.get("checks")).items():
        passed = mapping(found).get("passed")
        words, kind = ("–", "") if passed is None else ("yes", "hit") if passed else ("no", "miss")
        rows.append(
            [
                text(str(name).replace("_", " ")),
                f'<span class="{kind}">{words}</span>',
                text(mapping(found).get("evidence")),
            ]
        )
    return table(("check", "holds", "evidence"), rows, "Checks on the model itself")


def _beside(sheet: Mapping[str, Any]) -> str:
    rows = [
        [
            text(name),
            count(mapping(row).get("lag")),
            text(percent(mapping(row).get("accuracy"))),
            text(percent_interval(mapping(row).get("interval"))),
        ]
        for name, listed in mapping(sheet.get("references")).items()
        for row in items(listed)
    ]
    if not rows:
        return ""
    content = table(
        ("reference", "lag", "accuracy", "interval"),
        rows,
        "The same question to a model that is known to solve it, and to one that knows nothing",
        numeric=(1, 2, 3),
    )
    return fold("Is it the model or the task?", content)


def _drawn(anchor: str, name: str, draw: Callable[[], Figure], caption: str) -> str:
    return figure(inline_svg(draw(), f"{anchor}-{slug(name)}", caption), caption)
