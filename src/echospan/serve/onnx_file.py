"""A trained run as an ONNX file, which is checked against echospan's own outputs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from echospan.engine.onnx_graph import Exported, NotConvertible, as_onnx
from echospan.engine.scores import scoring
from echospan.errors import EchospanError, StoreError
from echospan.extras import TRAINING, needs
from echospan.files import open_place, unfit
from echospan.serve.loaded import Loaded

ROWS = (1, 7)
"""Batch sizes that a file is checked with; the graph was made for neither."""

STEPS = 64
"""Steps of each sequence, where the state goes from step to step; else windows."""

TOLERANCE = 1e-4
"""Largest difference of a score that is let pass, times the largest score where that is above 1."""


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX file that was written.

    Attributes:
        path: Where it is.
        stepwise: Whether it processes one value a call, with the state going in and coming out;
            otherwise a whole window or sequence.
        timesteps: Values in one call.
        states: Names of the state's inputs.
        compared: Scores and numbers of state that were compared with echospan's own.
        largest_difference: The largest difference among them.
        tolerance: The one up to which a file is written.
    """

    path: Path
    stepwise: bool
    timesteps: int
    states: tuple[str, ...]
    compared: int
    largest_difference: float
    tolerance: float


def export_onnx(loaded: Loaded, path: Path, *, overwrite: bool = False) -> OnnxFile:
    """Write a trained model as ONNX, after a check with ONNX Runtime.

    Raises:
        MissingExtra: onnx or onnxruntime is not installed.
        NotConvertible: The model uses an operation that has no counterpart in ONNX here.
        EchospanError: The outputs differ by more than the tolerance; nothing is written.
        StoreError: The file is there already, or cannot be written.
    """
    needs("An ONNX file", *TRAINING, "onnx", "onnxruntime")
    if why := unfit(path):
        raise StoreError(f"Cannot write {path}. {why}")
    if os.path.lexists(path) and not overwrite:
        raise StoreError(f"{path} is there already. Use --overwrite to replace it.")
    stepwise = _is_stepwise(loaded)
    timesteps = 1 if stepwise else loaded.signature.timesteps
    try:
        exported = as_onnx(
            loaded.model,
            loaded.values,
            loaded.inputs,
            loaded.readout,
            loaded.symbols,
            timesteps=timesteps,
            carries=stepwise,
            metadata=_about(loaded, stepwise),
        )
    except NotConvertible as error:
        name = loaded.experiment.name
        raise NotConvertible(f"{name} cannot be written as ONNX: {error}.") from None
    content = exported.model.SerializeToString()
    compared, largest, tolerance = compare(loaded, content, exported, timesteps, stepwise)
    try:
        with open_place(path.parent) as folder, folder.writing(path.name) as file:
            file.write(content)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error}.") from None
    states = tuple(f"state_{place}" for place in range(len(exported.zero)))
    return OnnxFile(path, stepwise, timesteps, states, compared, largest, tolerance)


def compare(
    loaded: Loaded, content: bytes, exported: Exported, timesteps: int, stepwise: bool
) -> tuple[int, float, float]:
    """Run the file by ONNX Runtime beside echospan's engine.

    Returns:
        Numbers compared, the largest difference, and the tolerance.

    Raises:
        EchospanError: They differ by more than the tolerance, or an answer is another one.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(loaded.experiment.seed)
    count, largest, greatest, other = 0, 0.0, 1.0, 0
    for rows in ROWS:
        states = [np.repeat(part[None], rows, axis=0) for part in exported.zero]
        with scoring(
            loaded.model, loaded.values, loaded.inputs, loaded.symbols, rows=rows, carries=stepwise
        ) as own:
            for _ in range(STEPS):
                # -1 stands for a missing value.
                numbers = generator.integers(-1, loaded.symbols, (rows, timesteps)).astype("int32")
                fed = {f"state_{place}": state for place, state in enumerate(states)}
                scores, answers, *states = session.run(None, {"numbers": numbers, **fed})
                wanted, after = own(numbers)
                pairs = [(scores, wanted), *zip(states, after if stepwise else [], strict=True)]
                for given, ours in pairs:
                    count += ours.size
                    largest = max(largest, _difference(given, ours))
                greatest = max(greatest, float(np.abs(wanted).max(initial=0.0)))
                ours = np.asarray(loaded.readout.decode(wanted, loaded.symbols, np))
                decided = _decided(wanted, loaded.symbols)
                other += int(((answers != ours) & decided.reshape(ours.shape)).sum())
    tolerance = TOLERANCE * greatest
    if not largest <= tolerance or other:
        raise EchospanError(
            f"The ONNX file's outputs differ from echospan's by up to {largest:.2g} "
            f"(tolerance {tolerance:.2g}), and {other:,} answers differ. Nothing was written."
        )
    return count, largest, tolerance


def _difference(one: np.ndarray, two: np.ndarray) -> float:
    if one.shape != two.shape:
        return float("inf")
    difference = np.abs(one.astype("float64") - two.astype("float64")).max(initial=0.0)
    return float("inf") if np.isnan(difference) else float(difference)


def _decided(scores: np.ndarray, symbols: int) -> np.ndarray:
    """Where an answer is so clear that rounding cannot make another one of it."""
    if scores.shape[-1] == 1:
        # A number is rounded to the nearest symbol.
        places = scores[..., 0] * (symbols - 1)
        clear: np.ndarray = np.abs(places - np.floor(places) - 0.5) > TOLERANCE * symbols
        return clear
    best = np.sort(scores, axis=-1)[..., -2:]
    clear = best[..., 1] - best[..., 0] > TOLERANCE
    return clear


def _is_stepwise(loaded: Loaded) -> bool:
    framing = loaded.experiment.framing
    whole = loaded.signature.outputs == "written" or framing.kind == "prefix"
    return not whole and framing.serving(1) is None


def _about(loaded: Loaded, stepwise: bool) -> dict[str, str]:
    values = [loaded.show(symbol) for symbol in range(loaded.symbols)]
    told: dict[str, Any] = {
        "version": metadata.version("echospan"),
        "recipe": loaded.experiment.name,
        "task": loaded.experiment.task.to_dict(),
        "values": values,
        "missing": -1,
        "initial_state": "zeros",
        "stepwise": stepwise,
    }
    return {"echospan": json.dumps(told, default=str)}


def how_to_run(loaded: Loaded, written: OnnxFile) -> str:
    """Lines of Python that load an ONNX file and predict one row."""
    steps = 5 if written.stepwise else written.timesteps
    row = ", ".join(str((34 + 23 * step) % loaded.symbols) for step in range(steps))
    lines = [
        "import numpy as np",
        "import onnxruntime",
        f"session = onnxruntime.InferenceSession({str(written.path)!r})",
    ]
    if not written.stepwise:
        return "\n".join(
            [
                *lines,
                f'numbers = np.array([[{row}]], "int32")  # (batch, time); -1: missing',
                'scores, answers = session.run(None, {"numbers": numbers})',
                "print(answers)",
            ]
        )
    return "\n".join(
        [
            *lines,
            "state = {  # all zeros at the start of a sequence",
            '    each.name: np.zeros([1, *each.shape[1:]], "float32")',
            "    for each in session.get_inputs()[1:]",
            "}",
            f"for number in ({row}):  # -1: missing",
            '    numbers = np.array([[number]], "int32")  # (batch, 1)',
            '    scores, answers, *after = session.run(None, {"numbers": numbers, **state})',
            "    state = dict(zip(state, after))",
            "    print(answers)",
        ]
    )
