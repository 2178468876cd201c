"""Findings about what a hand-written torch loop does between its updates: how it evaluates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.adapters.torch.evaluating import EvaluationCall, Phase, Training
from echospan.adapters.torch.recording import Update
from echospan.doctor.continuing import samples_go_on
from echospan.doctor.finding import find
from echospan.results.check_report import Finding


def evaluation_findings(
    phases: Sequence[Phase], training: Training, updates: Sequence[Update], passes: int
) -> list[Finding]:
    """How evaluation differs from what was trained.

    Args:
        phases: Runs of calls without gradients, in order.
        training: What the training calls say.
        updates: The first updates.
        passes: Backward passes in all.
    """
    chosen = [phase for phase in phases if phase.evaluates and phase.calls]
    if _belongs_to_updates(chosen, passes):
        chosen = []
    return [
        *_training_mode(chosen),
        *_evaluation_mode(chosen, training),
        *_carried(chosen, training, updates),
        *_forced(chosen),
    ]


def _belongs_to_updates(phases: Sequence[Phase], passes: int) -> bool:
    """Whether such calls come before each update, as targets do that a model makes for itself."""
    if not phases or phases[0].updates > 0:
        return False
    return len(phases) > 1 and phases[-1].followed and len(phases) >= passes


def _training_mode(phases: Sequence[Phase]) -> list[Finding]:
    """Find evaluations in training mode."""
    for phase in phases:
        if not phase.training or not phase.random or _repeats(phase.calls):
            # Several passes over one batch estimate uncertainty by dropout.
            continue
        named = ", ".join(phase.random[:3]) + (", ..." if len(phase.random) > 3 else "")
        return [
            find(
                "mode-not-switched",
                f"After {phase.updates} updates the model is called {_times(len(phase.calls))} "
                "without gradients, as in an evaluation, and is in training mode: "
                f"{named} act as in training, so the result is noisy or depends on the batch.",
                phase="evaluation",
                layers=list(phase.random),
                updates=phase.updates,
                calls=len(phase.calls),
            )
        ]
    return []


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _repeats(calls: Sequence[EvaluationCall]) -> bool:
    first = calls[0].inputs
    return len(calls) > 1 and first is not None and all(_equal(c.inputs, first) for c in calls[1:3])


def _evaluation_mode(phases: Sequence[Phase], training: Training) -> list[Finding]:
    """Find training that goes on in evaluation mode after the first evaluation."""
    modes = training.modes
    evaluated = [p.updates for p in phases if not p.training and p.followed]
    if not training.random or len(modes) < 2 or not modes[0][1] or not evaluated:
        return []
    number, last = modes[-1]
    if last or not any(number == updates for updates in evaluated):
        return []
    named = ", ".join(training.random[:3]) + (", ..." if len(training.random) > 3 else "")
    return [
        find(
            "mode-not-switched",
            f"The first {number} updates run in training mode, those after the evaluation in "
            f"evaluation mode: {named} no longer act as in training.",
            remedy="model.train()  # at the start of each epoch, after the evaluation",
            phase="training",
            layers=list(training.random),
            updates=number,
        )
    ]


def _carried(
    phases: Sequence[Phase], training: Training, updates: Sequence[Update]
) -> list[Finding]:
    """Find state that goes on over sequences in evaluation, though training starts each anew."""
    usual = _calls_of_a_sequence(updates)
    if usual is None or training.carried:
        return []
    for phase in phases:
        if phase.calls[0].trained:
            return [
                find(
                    "state-not-reset",
                    "The evaluation starts from the state that the last training batch left; "
                    "training starts each update from a fresh state.",
                    remedy="state = None  # before the evaluation",
                    phase="evaluation",
                )
            ]
        for chain in _chains(phase.calls):
            if len(chain) < 2 * usual or _generates(chain):
                # What goes on with its own answers generates one sequence.
                continue
            why = _breaks(chain, usual, training)
            if why:
                each = "1 call" if usual == 1 else f"{usual} calls"
                return [
                    find(
                        "state-not-reset",
                        f"In evaluation the state goes on over {len(chain)} calls and is not "
                        f"reset; training starts from a fresh state every {each}. {why}",
                        remedy="state = None  # before each sequence, as in training",
                        exact=not why.startswith("It may"),
                        calls=len(chain),
                        trained=usual,
                        phase="evaluation",
                    )
                ]
    return []


def _calls_of_a_sequence(updates: Sequence[Update]) -> int | None:
    """Calls from one fresh state to the next in training; None where that varies."""
    lengths = []
    for update in updates:
        if not update.calls or not update.backward:
            continue
        starts = [n for n, call in enumerate(update.calls) if not call.given]
        if starts[:1] != [0]:
            return None
        ends = [*starts[1:], len(update.calls)]
        lengths += [end - start for start, end in zip(starts, ends, strict=True)]
    return lengths[0] if len(lengths) > 1 and len(set(lengths)) == 1 else None


def _chains(calls: Sequence[EvaluationCall]) -> list[list[EvaluationCall]]:
    """Runs of calls of which each was given the state of the one before."""
    found: list[list[EvaluationCall]] = []
    for call in calls:
        if call.given and found:
            found[-1].append(call)
        else:
            found.append([call])
    return found


def _generates(chain: Sequence[EvaluationCall]) -> bool:
    """Whether each call is given the answer of the one before."""
    return sum(call.echoes for call in chain[1:]) > 0.8 * (len(chain) - 1)


def _breaks(chain: Sequence[EvaluationCall], usual: int, training: Training) -> str:
    """Why the calls of a chain are several sequences; empty where nothing shows it."""
    starts = [call for call in chain[usual::usual] if call.inputs is not None]
    known = sum(
        any(_equal(call.inputs, start) for start in training.starts)
        and len(np.unique(call.inputs)) > 1  # type: ignore[arg-type]
        for call in starts
    )
    if known >= 2:
        return (
            f"{known} of the inputs that are given an old state here started a sequence of their "
            "own in training."
        )
    if chain[0].rows != training.rows:
        return ""
    values = [call.inputs for call in chain]
    if any(each is None or each.shape != chain[0].inputs.shape for each in values):  # type: ignore[union-attr]
        return ""
    together = np.stack(values)  # type: ignore[arg-type]
    if usual > 1 and len(chain) % usual == 0 and _jumps(together, usual):
        return f"It may be several sequences: the input jumps every {usual} calls."
    if usual == 1 and _apart(together):
        return "It may be several sequences: the batches do not continue each other."
    return ""


def _jumps(inputs: np.ndarray, usual: int) -> bool:
    """Whether inputs (calls, rows, ...) of single steps jump where a sequence would begin."""
    flat = inputs.reshape(len(inputs), -1)
    steps = np.abs(np.diff(flat, axis=0)).mean(1)
    border = np.arange(1, len(flat)) % usual == 0
    if border.sum() < 3:
        return False
    return bool(np.quantile(steps[border], 0.25) > 1.5 * np.quantile(steps[~border], 0.9))


def _apart(inputs: np.ndarray) -> bool:
    """Whether row r of a batch (calls, rows, time, features) leaves off elsewhere than the next."""
    calls, rows = inputs.shape[:2]
    if inputs.ndim != 4 or calls < 4:
        return False
    return samples_go_on(inputs.reshape(calls * rows, *inputs.shape[2:]), rows) is False


def _forced(phases: Sequence[Phase]) -> list[Finding]:
    """Find evaluations in which the decoder is given the right answers."""
    for phase in phases:
        told = [call.forced for call in phase.calls if call.forced is not None]
        if not told:
            continue
        name, value = told[0]
        return [
            find(
                "teacher-forcing-in-evaluation",
                f"In evaluation the model is called with {name}={value:g}: the decoder is given "
                "the right answer of the step before, which it will not have when it is used.",
                remedy=f"model(..., {name}=0)  # in evaluation",
                argument=name,
                value=value,
                calls=len(told),
            )
        ]
    return []


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)
