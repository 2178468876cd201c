"""What is known of a model, and what an adapter finds out by running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Framework = Literal["keras", "torch", "jax"]


@dataclass(frozen=True)
class Mask:
    """How a model masks an input.

    Attributes:
        value: A step is masked where all its features equal this.
        embedding: Whether it is an embedding's `mask_zero`.
        fast_kernel: Whether a recurrent layer behind it would use the GPU's own kernel.
    """

    value: float
    embedding: bool = False
    fast_kernel: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a model without running it on the user's data.

    Attributes:
        framework: ``keras``, ``torch`` or ``jax``.
        backend: What computes: ``jax``, ``torch`` or ``tensorflow``.
        parameters: Trainable and other numbers of its weights; 0 while it is not built.
        built: Whether its weights exist.
        precision: Name of the float type of its weights.
        recurrent: Names of its recurrent layers.
        stateful: Names of those that keep state from call to call by themselves.
        state_numbers: Numbers of state in one row of a batch; None where that is not known.
        state_bytes: Bytes of state in one row of a batch; None where that is not known.
        receptive_field: Steps that an answer can depend on; None where unlimited or not known.
        batch_size: The batch size that it is built for; None where any will do.
        vocabulary: Number of symbols that its embedding knows; None without one.
        symbols: Whether it reads integers as symbols.
        mask: What it masks.
        single_softmax: Name of a layer that takes the softmax of a single unit.
        inputs: Names of its inputs, as far as they have some.
        outputs: Names of its outputs, as far as they have some.
        output_form: ``scores`` or ``probabilities``, where its last layer says so.
    """

    framework: Framework
    backend: str
    parameters: int = 0
    built: bool = True
    precision: str = "float32"
    recurrent: tuple[str, ...] = ()
    stateful: tuple[str, ...] = ()
    state_numbers: int | None = None
    state_bytes: int | None = None
    receptive_field: int | None = None
    batch_size: int | None = None
    vocabulary: int | None = None
    symbols: bool = False
    mask: Mask | None = None
    single_softmax: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_form: str = ""


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of one number with respect to what the model was given.

    Attributes:
        inputs: For each chunk one array (batch, time, ...) for each input. For symbols it is the
            gradient with respect to the vectors that they become, sizes only, (batch, time,
            features). None for an input that has no gradient: lengths, masks, and symbols whose
            vectors are not found.
        parameters: By name; empty unless they were asked for.
        value: The number itself.
    """

    inputs: list[list[np.ndarray | None]]
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    value: float = float("nan")


@dataclass(frozen=True)
class OwnFit:
    """What a framework's own trainer does with carried state.

    Attributes:
        trainer: Its name.
        version: Its version.
        backend: What it computes with.
        fit: Whether state was other than zero after training.
        predict: Whether it was other than zero after prediction.
        error: What training failed with; empty where it ran.
    """

    trainer: str
    version: str
    backend: str
    fit: bool
    predict: bool
    error: str = ""


@dataclass(frozen=True)
class Drawn:
    """One source of random numbers that changes a model's outputs in evaluation mode.

    Attributes:
        what: The function or generator.
        change: The largest change of an output.
        where: File and line; empty where they are not known.
        remedy: A line that mends it.
    """

    what: str
    change: float
    where: str
    remedy: str
