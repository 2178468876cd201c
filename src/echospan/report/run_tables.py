"""The tables and key figures of runs."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.errors import DataError
from echospan.report import words
from echospan.report.document import Scale
from echospan.report.tables import Cell, Table
from echospan.report.values import (
    count,
    duration,
    flatten,
    percent,
    percent_interval,
    series,
    setting,
    setting_value,
    symbols,
)
from echospan.report.view import RunView
from echospan.results.run import RunData
from echospan.results.tolerant import number


def facts(result: RunData) -> list[tuple[str, str, str]]:
    """The numbers that one looks for first; what is not known or plays no part is left out."""
    trained = result.learned
    updates = "" if result.updates is None else f"{count(result.updates)} updates"
    listed = [
        ("accuracy", percent(result.accuracy, ""), percent_interval(result.accuracy_interval)),
        ("chance", percent(result.chance, ""), words.chance_meaning(result)),
        ("epochs", count(result.epochs, "") if trained else "", updates),
        ("parameters", count(result.parameters, ""), ""),
    ]
    times = dict(words.time_spent(result))
    if "train" in times and trained:
        rest = ", ".join(f"{name} {spent}" for name, spent in times.items() if name != "train")
        listed.append(("training time", times["train"], rest))
    else:
        listed += [(f"{name} time", spent, "") for name, spent in times.items() if name != "train"]
    if result.loss is not None and trained:
        listed.append(("final loss", f"{result.loss:.3g}", ""))
    return [(name, value, detail) for name, value, detail in listed if value]


def scale(result: RunData) -> Scale | None:
    """Where the accuracy lies between nothing and everything; None without an accuracy."""
    accuracy = result.accuracy
    if accuracy is None:
        return None
    spoken = [f"accuracy {percent(accuracy)}"]
    ends = result.accuracy_interval
    if ends is not None:
        spoken.append(f"interval {percent_interval(ends)}")
    ticks = []
    for name, level in (("chance", result.chance), ("ceiling", result.ceiling)):
        if level is not None:
            place = _place(level)
            side = "start" if place < 15 else "end" if place > 85 else "middle"
            ticks.append((f"{name} {percent(level)}", place, side))
            spoken.append(f"{name} {percent(level)}")
    return Scale(
        _place(accuracy),
        None if ends is None else (_place(ends[0]), _place(ends[1])),
        ticks,
        "On a line from 0 to 100 %: " + ", ".join(spoken),
    )


def _place(share: float) -> float:
    return min(1.0, max(0.0, share)) * 100


def settings_table(view: RunView) -> Table:
    """The settings as dotted names, ready for ``--set``."""
    rows: list[list[Cell | str]] = [
        [Cell(name, "code"), setting_value(value)] for name, value in flatten(view.config)
    ]
    return Table(("setting", "value"), rows, "Settings", kind="pairs")


def environment_table(view: RunView) -> Table:
    """What the run ran on, and its time by part; what is not known is left out."""
    environment = dict(view.environment)
    commit = environment.pop("git_commit", None)
    dirty = environment.pop("git_dirty", None)
    if commit:
        environment["git commit"] = f"{commit}{' (with local changes)' if dirty else ''}"
    rows: list[list[Cell | str]] = [
        [name.removeprefix("versions.").removeprefix("variables."), setting_value(value)]
        for name, value in flatten(environment)
        if value not in (None, {}, "")
    ]
    seconds = {} if view.result is None else view.result.seconds
    rows += [[f"seconds, {name}", duration(value)] for name, value in seconds.items()]
    return Table(("what", "value"), rows, "Environment and time", kind="pairs")


def variants_table(result: RunData) -> Table:
    """One row per variant."""
    rows: list[list[Cell | str]] = [
        [
            one.title,
            percent(one.accuracy),
            percent_interval(one.interval, "–"),
            count(one.seed_count),
            count(one.parameters),
            duration(one.seconds),
        ]
        for one in result.variants
    ]
    head = ("variant", "accuracy", "interval", "seeds", "parameters", "time")
    return Table(head, rows, "Variants", numeric=(1, 2, 3, 4, 5))


def result_table(result: RunData) -> Table:
    """The run, its baselines and its variants: accuracy and interval of each."""
    own = [result.recipe or "run", percent(result.accuracy)]
    rows = [[*own, percent_interval(result.accuracy_interval, "–")]]
    rows += [
        [words.baseline(name), percent(score.accuracy), percent_interval(score.interval, "–")]
        for name, score in result.baselines.items()
    ]
    rows += [
        [one.title, percent(one.accuracy), percent_interval(one.interval, "–")]
        for one in result.variants
    ]
    caption = f"Accuracy on {words.judged_on(result)}. Chance, {words.chance_meaning(result)}, is "
    caption += f"{percent(result.chance)}."
    return Table(("model", "accuracy", "interval"), rows, caption, numeric=(1, 2))


MOST_EPOCHS = 20
"""Most rows of the table of a training."""


def instead(name: str, view: RunView) -> list[Table] | None:
    """Tables in place of the panel of that name, where matplotlib is not installed.

    Returns:
        None where no table has its numbers; empty where one stands beside the panel anyway.
    """
    result = view.result
    if name == "hidden-state":
        return None
    if name == "training":
        return [training_table(view)]
    if result is not None and name == "positions":
        return [positions_table(result)]
    if result is not None and name == "baselines":
        return [result_table(result)]
    return []


def training_table(view: RunView) -> Table:
    """Loss and accuracy at some of the epochs, the last among them."""
    try:
        loss, accuracy = series(view.history, "loss"), series(view.history, "accuracy")
    except DataError:
        loss, accuracy = [], []
    epochs = max(len(loss), len(accuracy))
    chosen = sorted({round(epochs * part / MOST_EPOCHS) for part in range(1, MOST_EPOCHS + 1)})
    rows: list[list[Cell | str]] = [
        [
            count(epoch),
            f"{loss[epoch - 1]:.3g}" if epoch <= len(loss) else "–",
            percent(accuracy[epoch - 1]) if epoch <= len(accuracy) else "–",
        ]
        for epoch in chosen
        if epoch
    ]
    return Table(("epoch", "loss", "accuracy"), rows, "Training", numeric=(0, 1, 2))


def positions_table(result: RunData) -> Table:
    """Accuracy at each step over all new sequences; without rows where it was not measured."""
    found = result.accuracy_by_position
    rows: list[list[Cell | str]] = []
    if found is not None:
        ends = found.interval or [None] * len(found.position)
        rows = [
            [count(at), percent(share), percent_interval(pair, "–")]
            for at, share, pair in zip(found.position, found.accuracy, ends, strict=False)
            if share is not None
        ]
    head = ("step", "accuracy", "interval")
    return Table(head, rows, "Accuracy by position", numeric=(0, 1, 2))


def steps_table(result: RunData) -> Table:
    """One new sequence, a row per step; without rows where none was kept."""
    inputs, expected, predicted = map(symbols, (result.inputs, result.expected, result.predicted))
    rows: list[list[Cell | str]] = []
    for step in range(max(len(inputs), len(expected)) if expected else 0):
        wanted, given = _at(expected, step), _at(predicted, step)
        shown = (given or "–") if wanted else "–"
        rows.append(
            [str(step), _at(inputs, step) or "–", wanted or "–", shown, _mark(wanted, given)]
        )
    head = ("step", "input", "expected", "predicted", "")
    return Table(head, rows, "One new sequence", kind="steps", numeric=(1, 2, 3))


def _at(values: Sequence[str], step: int) -> str:
    return values[step] if step < len(values) else ""


def _mark(wanted: str, given: str) -> Cell:
    if not wanted:
        return Cell("not scored", "small")
    return Cell("✓ hit", "hit") if wanted == given else Cell("✗ miss", "miss")


def runs_table(views: Sequence[RunView], anchors: Sequence[str]) -> Table:
    """All runs of a report: one row per run, which leads to its part of the page."""
    rows: list[list[Cell | str]] = []
    for view, anchor in zip(views, anchors, strict=True):
        result = view.result or RunData()
        seconds = sum(result.seconds.values()) if result.seconds else None
        seed = seed_of(view)
        rows.append(
            [
                Cell(view.recipe, href=f"#{anchor}"),
                "–" if seed is None else str(seed),
                setting_value(setting(view.config, "task.lag")),
                setting_value(setting(view.config, "task.symbols")),
                percent(result.accuracy, view.state),
                percent_interval(result.accuracy_interval, "–"),
                result.standing or "–",
                percent(result.chance),
                count(result.parameters),
                duration(seconds),
            ]
        )
    head = ["run", "seed", "lag", "symbols", "accuracy", "interval", "standing", "chance"]
    head += ["parameters", "time"]
    return Table(head, rows, "All runs of this report", numeric=(1, 2, 3, 4, 5, 7, 8, 9))


def seed_of(view: RunView) -> object:
    """The run's seed from wherever it was kept."""
    own = None if view.result is None else view.result.seed
    seed = view.seed if view.seed is not None else own
    return seed if seed is not None else number(setting(view.config, "seed"))
