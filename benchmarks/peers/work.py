"""A piece of training work in plain values: what every contender receives and carries out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Cell = Literal["lstm", "gru", "simple-rnn"]

GATES: dict[Cell, int] = {"lstm": 4, "gru": 3, "simple-rnn": 1}
BIASES: dict[Cell, int] = {"lstm": 4, "gru": 6, "simple-rnn": 1}
"""Bias vectors of one layer, as Keras counts them: its GRU has two for each gate."""


class Product(NamedTuple):
    """Equal matrix products (rows, inner) times (inner, columns)."""

    name: str
    times: int
    rows: int
    inner: int
    columns: int

    @property
    def operations(self) -> int:
        """Floating-point operations, a multiply-add counted as two."""
        return 2 * self.times * self.rows * self.inner * self.columns


@dataclass(frozen=True)
class Work:
    """Train one recurrent layer and a dense readout to echo, with Adam, on fresh data.

    Attributes:
        cell: The recurrent layer; its equations and initial weights are Keras's.
        units: Its units.
        symbols: Number of distinct symbols.
        length: Values in one sequence.
        batch: Samples in one update.
        lag: The answer at step t is the value at step t - lag.
        window: Time steps of a sample that asks for one answer, after its newest value; 0 for
            whole sequences with an answer at every step. A window's state is carried from update
            to update and is zero at the start of each epoch, which is one sequence.
        embedding: Features of a learned table that integers are looked up in; 0 for one-hot
            vectors, or what gives the same.
        learning_rate: Adam's.
        seed: Names initial weights and data.
    """

    cell: Cell = "lstm"
    units: int = 50
    symbols: int = 10
    length: int = 100
    batch: int = 10
    lag: int = 1
    window: int = 0
    embedding: int = 0
    learning_rate: float = 0.01
    seed: int = 0

    @property
    def updates(self) -> int:
        """Updates in one epoch; for whole sequences an epoch is one update."""
        return (self.length - self.window) // self.batch if self.window else 1

    @property
    def steps(self) -> int:
        """Time steps of a sample."""
        return self.window or self.length

    @property
    def answers(self) -> int:
        """Rows of the output layer's product in one update."""
        return self.batch * (1 if self.window else self.steps)

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        units, inputs = self.units, self.embedding or self.symbols
        recurrent = GATES[self.cell] * units * (inputs + units) + BIASES[self.cell] * units
        return recurrent + self.embedding * self.symbols + self.symbols * (units + 1)

    def products(self) -> Iterator[Product]:
        """The matrix products of one update: recurrent, input (of an embedding) and output.

        A one-hot input needs no product, so that none is counted for it.
        """
        units, wide, rows = self.units, GATES[self.cell] * self.units, self.steps * self.batch
        yield Product("recurrent, forward", self.steps, self.batch, units, wide)
        yield Product("recurrent, backward", self.steps, self.batch, wide, units)
        yield Product("recurrent, weights", 1, units, rows, wide)
        if self.embedding:
            yield Product("input, forward", 1, rows, self.embedding, wide)
            yield Product("input, backward", 1, rows, wide, self.embedding)
            yield Product("input, weights", 1, self.embedding, rows, wide)
        yield from self.output_products()

    def output_products(self) -> Iterator[Product]:
        """Those of the output layer alone."""
        yield Product("output, forward", 1, self.answers, self.units, self.symbols)
        yield Product("output, backward", 1, self.answers, self.symbols, self.units)
        yield Product("output, weights", 1, self.units, self.answers, self.symbols)


def units_for(parameters: int, cell: Cell, symbols: int) -> int:
    """The number of units that comes nearest to that many parameters."""

    def away(units: int) -> int:
        return abs(Work(cell=cell, units=units, symbols=symbols).parameters - parameters)

    units = 1
    while away(units + 1) <= away(units):
        units += 1
    return units
