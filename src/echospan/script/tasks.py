"""Tasks as code: how sequences are drawn, and what is asked about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echospan.data import DEFAULT_BINS, Series
from echospan.errors import ConfigError
from echospan.script.pieces import Constant, quoted, source
from echospan.tasks import CuedEcho, Echo, Recite, SeriesEcho, Task


@dataclass(frozen=True)
class TaskCode:
    """A task as code.

    Attributes:
        text: What is asked, in a sentence or two.
        constants: Its settings.
        code: Defines `draw` and `targets_of`.
        training: Draws the sequences of one epoch.
        new: Draws `{count}` sequences that training never sees.
        chance: The accuracy of an answer that knows nothing of the sequence.
        width: The number of symbols K.
        reach: The lag, where that is one number; else 0.
        written: The number of answers, where they are written after the input.
        setup: What runs before, such as reading the user's file.
    """

    text: str
    constants: tuple[Constant, ...]
    code: str
    chance: str
    training: str = "draw(SEQUENCES)"
    new: str = "draw(NEW)"
    width: str = "SYMBOLS"
    reach: str = "0"
    written: str = ""
    setup: str = ""


UNIFORM = """
def draw(sequences):
    \"\"\"New random sequences: integers (sequences, LENGTH).\"\"\"
    return rng.integers(0, SYMBOLS, (sequences, LENGTH))
"""

LAGGED = """
def targets_of(values):
    \"\"\"The value LAG steps earlier; -1 where there is none.\"\"\"
    targets = np.full_like(values, -1)
    targets[:, LAG:] = values[:, : values.shape[1] - LAG]
    return targets
"""


def _joined(*templates: str) -> str:
    return "\n\n\n".join(source(template) for template in templates)


def _uniform(task: Any) -> tuple[Constant, ...]:
    return (
        Constant("SYMBOLS", str(task.symbols), f"values are integers from 0 to {task.symbols - 1}"),
        Constant("LENGTH", str(task.length), "values in one sequence"),
    )


def _lag(task: Any) -> Constant:
    of = f"step t - {task.lag}" if task.lag else "the same step"
    return Constant("LAG", str(task.lag), f"the target of step t is the value of {of}")


def _echo(task: Echo) -> TaskCode:
    return TaskCode(
        text="Uniform random integers. The target of each step is the value LAG steps earlier.",
        constants=(*_uniform(task), _lag(task)),
        code=_joined(UNIFORM, LAGGED),
        chance="1 / SYMBOLS",
        reach="LAG",
    )


def _cued_echo(task: CuedEcho) -> TaskCode:
    cued = '''
    def draw(sequences):
        """Sequences (sequences, LENGTH) that begin with their lag, 0 to MAX_LAG."""
        values = rng.integers(0, SYMBOLS, (sequences, LENGTH))
        values[:, 0] = rng.integers(0, MAX_LAG + 1, sequences)
        return values
    '''
    targets = '''
    def targets_of(values):
        """The value as many steps earlier as the first value says; -1 up to MAX_LAG."""
        steps = np.arange(LENGTH)
        echoed = np.take_along_axis(values, np.maximum(steps - values[:, :1], 0), axis=1)
        return np.where(steps > MAX_LAG, echoed, -1)
    '''
    return TaskCode(
        text="The first value of each sequence says how many steps back the echo lies.",
        constants=(
            *_uniform(task),
            Constant("MAX_LAG", str(task.max_lag), "the largest lag"),
        ),
        code=_joined(cued, targets),
        chance="1 / SYMBOLS",
        reach="MAX_LAG",
    )


def _recite(task: Recite) -> TaskCode:
    targets = '''
    def targets_of(values):
        """The first values of each sequence: (sequences, FIRST)."""
        return values[:, :FIRST]
    '''
    return TaskCode(
        text="Uniform random integers. After the whole sequence, its first values are asked.",
        constants=(*_uniform(task), Constant("FIRST", str(task.first), "values to be written")),
        code=_joined(UNIFORM, targets),
        chance="1 / SYMBOLS",
        written="FIRST",
    )


READ = '''
def read_column():
    """The column's values, row by row; nothing in a blank cell."""
    with open(DATA, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=<separator>)
        header = [name.strip() for name in next(rows)]
        column = <column>
        cells = [<cell> for row in rows<kept>]
    <trailing>
    return [<value> if cell.strip() else None for cell in cells]


cells = read_column()
# Each distinct value gets a number; a blank cell is missing and gets -1.
vocabulary = sorted(set(cells) - {None})
number_of = {value: number for number, value in enumerate(vocabulary)} | {None: -1}
codes = np.array([number_of[cell] for cell in cells])
SYMBOLS = len(vocabulary)

# The end of the series is kept for the evaluation.
cut = round(len(codes) * (1 - HELD_OUT))
train, held_out = codes[:cut], codes[cut:]
counts = np.bincount(held_out[held_out != -1])
CHANCE = counts.max() / counts.sum()  # always the most common value
'''


READ_NUMBERS = '''
def read_column():
    """The column's numbers, row by row; NaN in a blank cell."""
    with open(DATA, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=<separator>)
        header = [name.strip() for name in next(rows)]
        column = <column>
        cells = [<cell> for row in rows<kept>]
    <trailing>
    # Some write a comma as the decimal mark.
    return np.array([float(cell.replace(",", ".") or "nan") for cell in cells])


numbers = read_column()
# The end of the series is kept for the evaluation.
cut = round(len(numbers) * (1 - HELD_OUT))


def edges_of(known):
    """Where the ranges begin, so that each holds about as many of the numbers."""
    edges, held, left = [], 0, len(known)
    for value, count in zip(*np.unique(known, return_counts=True)):
        still = BINS - len(edges)
        if held and still > 1 and held + count / 2 > left / still:
            edges.append(value)
            held, left = 0, left - held
        held += count
    return edges


# From the first part only; the others fall into the ranges that it has.
edges = edges_of(numbers[:cut][np.isfinite(numbers[:cut])])
codes = np.searchsorted(edges, numbers, side="right")
codes[np.isnan(numbers)] = -1  # missing
SYMBOLS = len(edges) + 1
train, held_out = codes[:cut], codes[cut:]
counts = np.bincount(held_out[held_out != -1])
CHANCE = counts.max() / counts.sum()  # always the most common range
'''


def _reading(series: Series) -> str:
    """The user's file, read again where the script runs."""
    several = len(series.header) > 1
    named = [name.strip() for name in series.header].count(series.column.strip()) == 1
    return source(
        READ_NUMBERS if series.vocabulary.kind == "bins" else READ,
        separator=quoted(series.separator),
        column="header.index(COLUMN)" if named else f"{series.index}  # counted from 0",
        cell=_cell(series, several=several),
        kept=" if row" if several else "",
        # In a file of one column a blank line is a missing value, but for those at its end.
        trailing="<->" if several else "while not cells[-1]:\n    cells.pop()",
        value="int(cell)" if series.vocabulary.kind == "integers" else "cell",
    )


def _cell(series: Series, *, several: bool) -> str:
    """One cell of a row, without the spaces around a number."""
    cell = "row[column]" if several else 'row[0] if row else ""'
    if series.vocabulary.kind != "bins":
        return cell
    return "row[column].strip()" if several else 'row[0].strip() if row else ""'


def _series(task: SeriesEcho) -> TaskCode:
    series = task.series
    task.arrays()  # Refuses a series that is too short.
    binned = series.vocabulary.kind == "bins"
    bins = Constant("BINS", str(task.bins or DEFAULT_BINS), "ranges of numbers, at most")
    draw = '''
    def draw(sequences, part):
        """Sections that start anywhere in a part of the series: (sequences, LENGTH)."""
        start = rng.integers(0, len(part) - LENGTH + 1, (sequences, 1))
        return part[start + np.arange(LENGTH)]
    '''
    return TaskCode(
        text="A column of a CSV file. The target of each step is the value LAG steps earlier.",
        constants=(
            Constant("DATA", quoted(task.data)),
            Constant("COLUMN", quoted(series.column.strip())),
            Constant("HELD_OUT", str(task.held_out), "the share of the series that is evaluated"),
            *((bins,) if binned else ()),
            Constant("LENGTH", str(task.length), "values in one section"),
            _lag(task),
        ),
        setup=_reading(series),
        code=_joined(draw, LAGGED),
        training="draw(SEQUENCES, train)",
        new="draw(NEW, held_out)",
        chance="CHANCE",
        reach="LAG",
    )


WRITERS: dict[type[Task], Callable[[Any], TaskCode]] = {
    Echo: _echo,
    CuedEcho: _cued_echo,
    Recite: _recite,
    SeriesEcho: _series,
}
"""By class, not by name: a task of another package is another task, whatever it derives from."""


def write_task(task: Task) -> TaskCode:
    """The task as code.

    Raises:
        ConfigError: It is a task that cannot be written.
        DataError: The user's file cannot be used.
    """
    writer = WRITERS.get(type(task))
    if writer is None:
        known = ", ".join(str(each.model_fields["kind"].default) for each in WRITERS)
        raise ConfigError(
            "task.kind", f"a task that can be written as a script: {known}", task.kind
        )
    return writer(task)
