"""Spec sheets and comparisons as pages and as cards of a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from echospan.report import sheet_tables as tables
from echospan.report.document import (
    Card,
    Facts,
    Fold,
    Heading,
    Interactive,
    Page,
    Paragraph,
    picture,
)
from echospan.report.figures import sheet as figures
from echospan.report.figures.reference import against_state
from echospan.report.reference_tables import reference_table, said_of
from echospan.report.tables import Block, Table
from echospan.report.values import count, plural
from echospan.report.words import apart, capacity, protocol, size, span_known
from echospan.results.comparison import ComparisonData
from echospan.results.sheet import SheetData
from echospan.widgets.data import accuracy_data

FOOTER = (
    "Accuracy is the share of right predictions on new sequences, for echo four times longer "
    "than in training. For tasks on numbers it is R2, the share of the variance explained. "
    "Intervals of one seed are over sequences. A lag is solved when the interval of the median "
    "seed is above the threshold. Bits by Fano's inequality are a lower bound: exact if wrong "
    "predictions are spread evenly, zero at chance. Bits stored are the sum of that bound, at the "
    "lower end of the interval, over linear probes at every lag, or what the predictions prove, "
    "if that is more."
)
BY_LAG = (
    "Median seed with its interval; rings are single seeds, hollow marks undecided. The scale is "
    "stretched near 100 %."
)
COMPARED = (
    "Marks are median seeds, hollow where undecided; bars are their intervals, rings single seeds. "
    "Models stand beside each other at the same lag. The scale is stretched near 100 %."
)
STATE = "Span of each model against the bytes of its state."
AGAINST = (
    "Diamonds are your models, circles those of the reference table. Hollow marks are lower "
    "bounds. Bars reach from the smallest to the largest span of a single seed."
)
APART = (
    "Spans differ if one model solves a lag at which the other fails. Accuracies differ if every "
    "seed of one model is above every seed of the other, intervals included. Lags that both models "
    "solved are left out: training stops soon after the threshold is passed."
)
INSTEAD = {
    "decay": tables.decay_table,
    "lengths": tables.lengths_table,
    "capacity": tables.capacity_table,
    "curves": tables.curves_table,
    "gradient": tables.gradient_table,
}
"""Tables in place of figures, where matplotlib is not installed; one by lag is there anyway."""
INTERRUPTED = Paragraph("Interrupted. Results so far:", "note")


def sheet_page(sheet: SheetData) -> Page:
    """One page about a sheet."""
    card = sheet_card(sheet, "s0")
    return Page(f"Memory of {sheet.model}", "echospan span", [card], footer=FOOTER)


def comparison_page(comparison: ComparisonData) -> Page:
    """One page about several sheets: side by side, then each."""
    cards = [sheet_card(sheet, f"s{place}") for place, sheet in enumerate(comparison.sheets)]
    return Page(
        f"Memory of {', '.join(comparison.models)}",
        "echospan compare",
        [comparison_card(comparison, whole=True), *cards],
        footer=FOOTER,
    )


def cards_of(results: Sequence[SheetData | ComparisonData]) -> list[Card]:
    """The parts of a page about several sheets and comparisons, each with an anchor of its own."""
    cards: list[Card] = []
    for result in results:
        sheets: Sequence[SheetData] = [result] if isinstance(result, SheetData) else result.sheets
        if not isinstance(result, SheetData):
            cards.append(comparison_card(result, whole=True))
        cards += [sheet_card(sheet, f"s{len(cards) + place}") for place, sheet in enumerate(sheets)]
    return cards


def comparison_card(comparison: ComparisonData, *, whole: bool) -> Card:
    """Several sheets side by side: one figure, the tables, and which models differ.

    Args:
        comparison: Whose.
        whole: Say how differences are decided, too; a card in a notebook has no room for that.
    """
    sheets = comparison.sheets
    blocks: list[Block] = [INTERRUPTED] if comparison.interrupted else []
    if sheets:
        alt = "Accuracy by lag of each model."
        drawn = picture(lambda: figures.compared(sheets), "compared", COMPARED, alt, instead=())
        blocks.append(
            Interactive("accuracy", accuracy_data(comparison), [drawn]) if whole else drawn
        )
        blocks += [tables.models_table(comparison), tables.accuracy_table(comparison)]
        blocks += _reference(comparison)
    blocks += [Heading("Differences")] if whole else []
    blocks += [Paragraph(sentence) for sentence in apart(comparison)]
    blocks += [Paragraph(one, "note mild") for one in filter(None, map(size, sheets))]
    blocks += [Paragraph(APART, "note mild")] if whole else []
    title = "Side by side" if whole else f"Memory of {', '.join(comparison.models)}"
    fact = plural(len(sheets), "model")
    return Card(title, blocks, anchor="comparison", fact=fact, tag="section")


def _reference(comparison: ComparisonData) -> list[Block]:
    """The sheets among the rows of the reference table, if that was asked for."""
    reference = comparison.reference
    if reference is None:
        return []
    drawn = picture(
        lambda: against_state(reference, comparison.sheets), "against-state", AGAINST, STATE,
        instead=(),
    )  # fmt: skip
    sentences = [Paragraph(one, "note mild") for one in said_of(reference)]
    return [drawn, reference_table(reference, comparison.sheets), *sentences]


def short_card(sheet: SheetData) -> Card:
    """What a notebook shows: verdict, key figures, accuracy by lag as figure and table."""
    return Card(
        sheet.model,
        [
            *_interrupted(sheet),
            Paragraph(sheet.verdict),
            *_not_standard(sheet),
            Facts(tables.facts(sheet)),
            picture(lambda: figures.panel(sheet, "lags"), "sheet-lags", BY_LAG, instead=()),
            tables.lag_table(sheet, short=True),
        ],
        badge=sheet.verdict_code,
        badge_kind=_badge(sheet),
        identity=_identity(sheet),
    )


def sheet_card(sheet: SheetData, anchor: str) -> Card:
    """Everything about one sheet."""

    def drawn(name: str, caption: str) -> Block:
        instead = _present(INSTEAD[name](sheet)) if name in INSTEAD else []
        return picture(
            lambda: figures.panel(sheet, name), f"{anchor}-{name}", caption, instead=instead
        )

    blocks: list[Block] = [
        *_interrupted(sheet),
        Paragraph(sheet.verdict, "lead"),
        *_not_standard(sheet),
        Facts(tables.facts(sheet), "six"),
        Heading(f"Results by {sheet.distance}"),
        Interactive("accuracy", accuracy_data(sheet), [drawn("lags", BY_LAG)]),
        tables.lag_table(sheet),
        Heading("In one trained model"),
        drawn(
            "decay",
            "Linear probes on the frozen state, one per lag, on sequences that they were not "
            "fitted to.",
        ),
        drawn(
            "lengths",
            "Trained on short sequences, tested on longer ones.",
        ),
        *_present(tables.distractors_table(sheet)),
        Heading("How much is stored"),
        *_capacity(sheet, drawn),
        Heading("Learning"),
        drawn("curves", "One line per seed."),
        drawn(
            "gradient",
            "Norm of the gradient of the loss with respect to the input k steps before the target.",
        ),
        *_folded("How the learning rate was chosen", tables.rates_table(sheet)),
        Heading("Checks on the model"),
        tables.checks_table(sheet),
        *_folded("Is it the model or the task?", tables.references_table(sheet)),
        *(Paragraph(one, "note mild") for one in filter(None, (size(sheet), *sheet.notes))),
    ]
    return Card(
        sheet.model,
        blocks,
        anchor=anchor,
        badge=sheet.verdict_code,
        badge_kind=_badge(sheet),
        identity=_identity(sheet),
        fact=f"span {span_known(sheet)}",
    )


def _interrupted(sheet: SheetData) -> list[Block]:
    return [INTERRUPTED] if sheet.interrupted else []


def _not_standard(sheet: SheetData) -> list[Block]:
    """In what the sheet differs from its protocol; nothing for a standard one."""
    if sheet.protocol is None or sheet.protocol.standard:
        return []
    return [Paragraph(f"Protocol {protocol(sheet)}.", "note mild")]


def _capacity(sheet: SheetData, drawn: Callable[..., Block]) -> list[Block]:
    words = capacity(sheet)
    if not words:
        reason = "no lag was decided" if sheet.task == "echo" else "measured in the echo task only"
        return [Paragraph(f"Not known: {reason}.")]
    caption = (
        "Bits proved to be stored at once, median seed and range of all seeds. Dashed: the bits "
        "that each lag needs."
    )
    sentence = Paragraph(f"{words[0].upper()}{words[1:]}.")
    return [drawn("capacity", caption), sentence]


def _present(table: Table) -> list[Table]:
    return [table] if table.rows else []


def _folded(summary: str, table: Table) -> list[Fold]:
    return [Fold(summary, [table])] if table.rows else []


def _badge(sheet: SheetData) -> str:
    return "good" if sheet.verdict_code == "solved" else "warn"


def _identity(sheet: SheetData) -> str:
    parts = [
        f"task {sheet.task}",
        *([f"{count(sheet.symbols)} symbols"] if sheet.symbols else []),
        plural(sheet.seeds, "seed"),
        *([f"protocol {sheet.protocol.name}"] if sheet.protocol else []),
        f"framework {sheet.framework}",
    ]
    return ", ".join(parts)
