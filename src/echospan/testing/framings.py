"""The contract of a framing."""

from __future__ import annotations

import numpy as np

from echospan.arguments import instance, validated, whole
from echospan.errors import ConfigError
from echospan.framings import Framing, Plan
from echospan.random import NumpyDraw
from echospan.tasks import MISSING, Task
from echospan.testing.require import check_settings, require
from echospan.testing.tasks import draw_values


@validated(
    framing=instance(
        "a framing: an object of a class of echospan.framings", "echospan.framings:Framing"
    ),
    task=instance("a task: an object of a class of echospan.tasks", "echospan.tasks:Task"),
    batch_size=whole(1),
    sequences=whole(1),
    seed=whole(0, 2**31 - 1),
)
def check_framing(
    framing: Framing,
    task: Task,
    *,
    batch_size: int | None = None,
    sequences: int = 3,
    seed: int = 0,
) -> None:
    """A framing cuts sequences into samples without loss, and shows no value before its time.

    Args:
        framing: Fit for the task.
        task: Whose sequences are cut.
        batch_size: One that divides the samples of one sequence and of all of them.
        sequences: In the training epoch.
        seed: Of the values that are laid out.
    """
    check_settings(framing)
    framing.check(task)
    _check_samples(framing, task)
    _check_plan(framing, task, framing.plan(task, batch_size=batch_size, sequences=sequences))
    judged = [
        framing.evaluation_plan(task, batch_size=batch_size, carried=carried)
        for carried in (False, True)
    ]
    for plan in judged:
        require(plan.sequences == 1, f"an evaluation plan has {plan.sequences} sequences, not 1")
    for plan in [framing.plan(task, batch_size=batch_size, sequences=sequences), *judged]:
        _check_coverage(framing, task, plan)
        _check_gather(task, plan, seed)
    _check_refusal(framing, task, sequences)


def _check_samples(framing: Framing, task: Task) -> None:
    samples = framing.samples(task)
    inputs, targets = samples.inputs, samples.targets
    require(inputs.ndim == 2 and inputs.size, f"inputs have shape {inputs.shape}")
    require(
        targets.ndim == 2 and len(targets) == len(inputs),
        f"{len(inputs)} samples have targets of shape {targets.shape}",
    )
    for what, steps, end in (
        ("inputs", inputs, task.steps),
        ("targets", targets, task.target_steps),
    ):
        require(np.issubdtype(steps.dtype, np.integer), f"{what} are {steps.dtype}, not steps")
        require(
            steps.min() >= MISSING and steps.max() < end,
            f"{what} name steps {steps.min()} to {steps.max()}, outside {MISSING}..{end - 1}",
        )
    require((inputs != MISSING).any(axis=1).all(), "a sample holds no value at all")
    require((targets != MISSING).any(), "no sample is asked anything")


def _check_plan(framing: Framing, task: Task, plan: Plan) -> None:
    require(plan.outputs == framing.outputs, "the plan's outputs are not the framing's")
    require(plan.inputs.dtype == np.int32 == plan.targets.dtype, "positions must be int32")
    require(
        (plan.steps, plan.target_steps) == (task.steps, task.target_steps),
        "the plan's steps are not the task's",
    )
    answers = {"last": 1, "every": plan.timesteps, "written": task.target_steps}[plan.outputs]
    wanted = (plan.updates, plan.rows, answers)
    require(
        plan.targets.shape == wanted,
        f"targets have shape {plan.targets.shape}; outputs {plan.outputs!r} asks for {wanted}",
    )
    if plan.outputs == "written":
        return
    for answer in range(answers):
        heard = plan.inputs if plan.outputs == "last" else plan.inputs[..., : answer + 1]
        target = plan.targets[..., answer : answer + 1]
        own = (target != MISSING) & (heard // plan.steps == target // plan.target_steps)
        require(
            (heard <= target)[own & (heard != MISSING)].all(),
            "a sample holds a value that comes after the step it is asked about",
        )


def _check_coverage(framing: Framing, task: Task, plan: Plan) -> None:
    """Each target of each sample of each sequence stands in the epoch once, and nothing else."""
    once = framing.samples(task).targets
    once = once[once != MISSING]
    wanted = np.concatenate([once + task.target_steps * n for n in range(plan.sequences)])
    targets = plan.targets[plan.targets != MISSING]
    require(
        np.array_equal(np.sort(targets), np.sort(wanted)),
        f"an epoch of {plan.sequences} sequences asks for {targets.size} answers; its samples ask "
        f"for {wanted.size}, each once",
    )
    heard = plan.inputs[plan.inputs != MISSING]
    require(
        heard.size and heard.max() < plan.sequences * plan.steps,
        "an epoch's inputs lie outside its sequences",
    )


def _check_gather(task: Task, plan: Plan, seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = draw_values(task, NumpyDraw(generator), plan.sequences, "train")
    for what, table, positions in (
        ("inputs", values, plan.inputs),
        ("targets", task.targets(values), plan.targets),
    ):
        known = np.append(table.ravel(), MISSING)[positions]
        require(
            np.array_equal(plan.gather(table, positions), known),
            f"gathering the {what} gives other values than stand at their positions",
        )


def _check_refusal(framing: Framing, task: Task, sequences: int) -> None:
    samples = len(framing.samples(task).inputs) * sequences
    try:
        framing.plan(task, batch_size=samples + 1, sequences=sequences)
    except ConfigError:
        return
    raise AssertionError(f"a batch of {samples + 1} rows is taken for {samples} samples")
