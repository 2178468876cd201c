"""One trained run as it is served: values become symbols, symbols answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.engine.batched_step import MOST_ROWS, SIZES, BatchedStep
from echospan.errors import DataError
from echospan.models.readout import Classes
from echospan.serve import Trained
from echospan.serve.notes import first_answer
from echospan.server.batcher import Answer, Queue
from echospan.server.errors import Refused
from echospan.server.rows import Rows
from echospan.tasks import MISSING

Value = str | int | float | None
"""A value as clients send it; None where it is missing."""

LISTED = 1_000
"""Values of a vocabulary that a description lists."""


class ServedRun:
    """What is served of one run.

    Args:
        trained: The trained run.
        run_id: Its id.
    """

    def __init__(self, trained: Trained, run_id: str) -> None:
        self.trained, self.run_id = trained, run_id
        framing, signature = trained.experiment.framing, trained.signature
        self.streams = signature.outputs != "written" and framing.kind != "prefix"
        self.masks = bool(getattr(trained.experiment.model, "masking", False))
        self.names = [trained.show(symbol) for symbol in range(trained.symbols)]
        self._codes = {name: symbol for symbol, name in enumerate(self.names)}

    def encode(self, value: Value) -> int:
        """The symbol of a value.

        Raises:
            Refused: The model does not know it.
        """
        if value is None:
            if self.masks:
                return MISSING
            raise Refused(
                422,
                "unknown-value",
                "A value is missing (null), and this model was not trained to skip missing values "
                "(model.masking=true).",
            )
        text = str(value)
        symbol = self._codes.get(text)
        if symbol is None:
            try:
                symbol = int(self.trained.encode([text])[0])
            except DataError as error:
                told = str(error).removeprefix("numbers: position 0 (item 1 of 1) is ")
                raise Refused(422, "unknown-value", f"The value is {told}") from None
        if symbol < 0 and not self.masks:
            return self.encode(None)
        return symbol

    def name(self, symbol: int | None) -> str | None:
        """An answer as the user writes it."""
        return None if symbol is None else self.names[symbol]

    def describe(self) -> dict[str, Any]:
        """What a client may want to know of it."""
        experiment, signature = self.trained.experiment, self.trained.signature
        return {
            "run": self.run_id,
            "recipe": experiment.name,
            "task": experiment.task.kind,
            "framing": experiment.framing.kind,
            "model": experiment.model.kind,
            "streams": self.streams,
            "symbols": self.trained.symbols,
            "values": self.names[:LISTED],
            "takes_missing": self.masks,
            "first_answer": first_answer(self.trained),
            "longest": None if self.streams else signature.timesteps,
            "confidence": isinstance(self.trained.readout, Classes),
        }


class StreamedModel:
    """Steps many sequences of one run at a time, each with a state of its own.

    Args:
        served: A run whose model answers value by value.
    """

    def __init__(self, served: ServedRun) -> None:
        trained = served.trained
        framing = trained.experiment.framing
        self._window = framing.serving(1) is not None
        self._lag = trained.experiment.task.reach or 0
        steps = trained.signature.timesteps if self._window else 1
        self._first = self._lag + 1
        if self._window and not getattr(framing, "keep_missing", False):
            self._first = max(self._first, steps)
        self.program = BatchedStep(
            trained.model,
            trained.values,
            trained.inputs,
            trained.readout,
            trained.symbols,
            timesteps=steps,
            carries=not self._window,
        )
        self.program.compile(SIZES)
        # A model on a window keeps the window's values; another one its layers' states.
        window = [np.full(steps, MISSING, "int32")] if self._window else []
        self.zero = [*window, *self.program.zero]
        self.rows = Rows(self.zero)

    def step(self, queues: list[Queue], symbols: list[int]) -> list[Answer]:
        """Process one value of each session."""
        rows = [queue.row for queue in queues]
        states = self.rows.gather(rows)
        inputs = np.asarray(symbols, "int32")[:, None]
        if self._window:
            inputs = np.concatenate([states[0][:, 1:], inputs], axis=1)
            predicted, share, _ = self.program(inputs, [])
            after = [inputs]
        else:
            predicted, share, after = self.program(inputs, states)
        self.rows.scatter(rows, after)
        answers = []
        for queue, symbol, likely in zip(
            queues, predicted[:, -1].tolist(), share[:, -1].tolist(), strict=True
        ):
            queue.steps += 1
            known = queue.steps >= self._first
            confidence = likely if known and likely == likely else None
            answers.append(Answer(queue.steps, symbol if known else None, confidence))
        return answers


class WholeModel:
    """Answers whole sequences, for models that do not answer value by value.

    Args:
        served: Such a run.
    """

    def __init__(self, served: ServedRun) -> None:
        trained = served.trained
        self._prefix = trained.experiment.framing.kind == "prefix"
        self._lag = trained.experiment.task.reach or 0
        self._steps = trained.signature.timesteps
        self._written = trained.signature.target_steps
        self._program = BatchedStep(
            trained.model,
            trained.values,
            trained.inputs,
            trained.readout,
            trained.symbols,
            timesteps=self._steps,
            carries=False,
            every=not self._prefix,
        )
        self._program.compile(SIZES[:1])

    def check(self, symbols: list[int]) -> None:
        """Refuse a sequence that is too long for the model."""
        if len(symbols) > self._steps:
            raise Refused(
                422,
                "too-long",
                f"This model reads at most {self._steps} values; got {len(symbols)}.",
            )

    def predict(self, symbols: list[int]) -> list[Answer]:
        """The answers to one sequence."""
        if not self._prefix and len(symbols) < self._steps:
            return [Answer(step, None, None) for step in range(1, self._written + 1)]
        inputs = np.array([symbols], "int32") if not self._prefix else self._prefixes(symbols)
        answers: list[Answer] = []
        for begin in range(0, len(inputs), MOST_ROWS):
            predicted, share, _ = self._program(inputs[begin : begin + MOST_ROWS], [])
            for symbol, likely in zip(
                predicted.reshape(-1).tolist(), share.reshape(-1).tolist(), strict=True
            ):
                step = len(answers) + 1
                known = not self._prefix or step > self._lag
                confidence = likely if known and likely == likely else None
                answers.append(Answer(step, symbol if known else None, confidence))
        return answers

    def _prefixes(self, symbols: list[int]) -> np.ndarray:
        inputs = np.full((len(symbols), self._steps), MISSING, "int32")
        for step in range(len(symbols)):
            inputs[step, self._steps - step - 1 :] = symbols[: step + 1]
        return inputs
