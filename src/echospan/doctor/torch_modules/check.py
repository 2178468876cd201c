"""`echospan.check_torch`: what stands in the way of a torch module, before it is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.asked import Asked, ResetState, check_numbers
from echospan.doctor.data import data_findings
from echospan.doctor.finding import Finding
from echospan.doctor.needs import layout
from echospan.doctor.order import order_findings, rows, sentences
from echospan.doctor.padding import mask_findings
from echospan.doctor.reach import Probed, probe
from echospan.doctor.reached import reach_findings
from echospan.doctor.report import Report
from echospan.doctor.splits import split_findings
from echospan.doctor.statistics import no_signal
from echospan.doctor.torch_modules.clone import NotCloneable, clone
from echospan.doctor.torch_modules.data import Data, array, read
from echospan.doctor.torch_modules.loss import loss_findings
from echospan.doctor.torch_modules.machine import TorchMachine
from echospan.doctor.torch_modules.memory import memory_findings
from echospan.doctor.verdict import in_order
from echospan.doctor.versions import versions
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import torch

MOST_PARAMETERS = 20_000_000
"""Beyond this many weights only what needs no run is checked."""

RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


def check_torch(
    model: torch.nn.Module,
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any] | None = None,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    reset_state: ResetState = "batch",
    needs_lag: int | None = None,
    stride: int | None = None,
    validation_data: tuple[Any, ...] | None = None,
    batch_first: bool = True,
) -> Report:
    """Say why a torch module cannot learn what it is asked, where that can be known beforehand.

    The module is neither trained nor run; probes run on a copy with weights of its own. Random
    generators are left as they were. A hand-written loop is looked at with `watch_torch`.

    Args:
        model: A module whose ``forward(x)`` gives outputs, or whose ``forward(x, state)`` gives
            (outputs, state).
        x: Inputs (samples, time, features), or integers (samples, time); or a data loader.
        y: Targets (samples, ...); left out with a loader.
        loss: The loss function ``loss(outputs, targets)``, if its shapes are to be checked.
        batch_size: Samples in one update; left out, the loader's, or 32.
        shuffle: Whether samples come in random order; left out, what the loader does, or False.
        reset_state: When the loop sets the state to zero: before each "batch", before each "epoch",
            or "never". With the latter two, row j of a batch goes on from row j of the one before.
        needs_lag: Steps between a value and the answer that needs it. Left out, it is looked for in
            the data.
        stride: Steps by which each sample is moved on from the one before, if samples are windows.
        validation_data: (x, y), to look for windows that share steps with training.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).

    Returns:
        The report: findings in the order in which they matter, the reach map, what was looked at.

    Raises:
        ConfigError: A setting cannot be used, or it is no module.
        DataError: The data cannot be used: shapes, types, values that are not finite.
    """
    import torch

    started = time.perf_counter()
    if not isinstance(model, torch.nn.Module):
        raise ConfigError("model", "a torch.nn.Module", type(model).__name__)
    check_numbers(batch_size, reset_state, needs_lag, stride)
    data = read(x, y, batch_first=batch_first)
    size = min(batch_size or data.batch_size or 32, data.samples)
    findings: list[Finding] = []
    skipped: list[str] = []
    machine = _machine(model, data, min(size, 4) if reset_state == "batch" else size, batch_first)
    if isinstance(machine, str):
        skipped.append(machine)
    answers = _answers(machine, data)
    asked = Asked(
        x=data.x,
        y=data.y,
        samples=data.samples,
        batch_size=size,
        shuffle=bool(data.shuffle if shuffle is None else shuffle),
        reset_state=reset_state,
        stateful=reset_state != "batch",
        recurrent=any(type(module).__name__ in RECURRENT for module in model.modules()),
        every=answers > 1,
        needs_lag=needs_lag,
        stride=stride,
        integers=data.x.ndim == 2,
    )
    found = layout(asked)
    seen = rows(asked, found)
    findings += order_findings(asked, found, seen)
    findings += data_findings(asked, found)
    findings += mask_findings(asked, None)
    findings += no_signal(asked, found)
    if validation_data is not None:
        findings += split_findings(data.x, array("validation_data", validation_data[0]))
    if loss is not None:
        findings += loss_findings(model, loss, data, batch_first=batch_first)
    probed: Probed | None = None
    if not isinstance(machine, str):
        try:
            probed = probe(asked, found, machine, carried=asked.carries)
            findings += reach_findings(asked, found, probed)
            findings += memory_findings(machine, asked)
        except NotCloneable as error:
            skipped.append(f"everything that runs the module: {error}")
    looked = [
        f"{'all' if len(data.x) == data.samples else f'the first {len(data.x):,} of'} "
        f"{data.samples:,} samples of {data.how}, the order of the first {seen.plan.updates} "
        f"batches of {size}"
    ]
    if probed is not None:
        looked.append(f"{probed.draws} draws of weights on a copy, in double precision")
    return Report(
        findings=in_order(findings),
        reach=probed.lags if probed is not None else (),
        needs_lag=found.needs,
        rows=tuple(sentences(asked, found, seen)),
        looked=tuple(looked),
        skipped=tuple(skipped),
        versions={**versions(), "backend": "torch"},
        seconds=round(time.perf_counter() - started, 3),
    )


def _machine(
    model: torch.nn.Module, data: Data, row_count: int, batch_first: bool
) -> TorchMachine | str:
    """A copy to probe, or the reason why there is none."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters > MOST_PARAMETERS:
        return (
            f"everything that runs the module: it has {parameters:,} weights, and probes stop at "
            f"{MOST_PARAMETERS:,}"
        )
    try:
        made, precision = clone(model)
        vocabulary = _vocabulary(model, data) if data.x.ndim == 2 else None
        machine = TorchMachine(made, row_count, vocabulary, precision, batch_first=batch_first)
        machine.replay([_of(data.x, row_count)])
    except NotCloneable as error:
        return f"everything that runs the module: {error}"
    return machine


def _vocabulary(model: torch.nn.Module, data: Data) -> int:
    import torch

    sizes = [m.num_embeddings for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    return min(sizes) if sizes else int(data.x.max()) + 1


def _of(x: np.ndarray, count: int) -> np.ndarray:
    """As many samples, taken round again where there are fewer."""
    return x[np.arange(count) % len(x)]


def _answers(machine: TorchMachine | str, data: Data) -> int:
    """Time steps that are answered: all of them, or one."""
    steps = int(data.x.shape[1])
    if isinstance(machine, str):
        return steps if data.y.ndim >= 2 and data.y.shape[1] == steps > 1 else 1
    given = machine.replay([_of(data.x, machine.rows)])[0].shape[1]
    return given if given == steps else 1
