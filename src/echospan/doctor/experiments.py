"""The doctor on echospan's own experiments: recipes, and whatever else runs by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from echospan.doctor.catalogue import entry
from echospan.doctor.check import check
from echospan.doctor.rows import MOST_POSITIONS
from echospan.experiment import Experiment
from echospan.recipe import Recipe
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding

MOST_SAMPLES = 2_000
"""Samples of an experiment that are drawn for a check."""


def check_experiment(experiment: Experiment) -> CheckReport:
    """Check the model of an experiment on one epoch of its data, framed as its training is."""
    from echospan.engine.compiled_experiment import CompiledExperiment

    compiled = CompiledExperiment(experiment)
    plan, task = experiment.plan(), experiment.task
    x, y = _samples(experiment, compiled)
    found = check(
        compiled.model,
        x,
        y,
        batch_size=plan.rows,
        shuffle=experiment.training.shuffle,
        reset_state=experiment.reset_state,
        needs_lag=task.reach,
        trainer="echospan",
        plan=plan if plan.outputs != "written" and plan.inputs.size <= MOST_POSITIONS else None,
    )
    findings = tuple(_as_setting(experiment, finding) for finding in found.findings)
    return replace(found, findings=findings)


def _as_setting(experiment: Experiment, finding: Finding) -> Finding:
    """A remedy that is a setting of the experiment: its arrays are not the user's."""
    framing = experiment.to_dict()["framing"].get("kind")
    text = entry(finding.code).remedy.get(framing)
    if text is None:
        return finding
    return replace(finding, remedy=text.format(rows=experiment.plan().rows))


def check_recipe(
    recipe: Recipe, settings: Mapping[str, Any], *, variants: bool
) -> list[tuple[str, CheckReport]]:
    """A recipe's experiment and, if wanted, those it is compared with: (label, report)."""
    found = [(recipe.name, check_experiment(recipe.settle(settings)))]
    for variant in recipe.variants if variants else ():
        label = variant.label or variant.name
        found.append((label, check_experiment(recipe.settle_variant(variant, settings))))
    return found


def _samples(experiment: Experiment, compiled: Any) -> tuple[np.ndarray, np.ndarray]:
    """Encoded inputs (samples, time, ...) and targets; unscored symbols stay -1."""
    from echospan.engine.source import Drawn
    from echospan.random import stream
    from echospan.tasks.lag import absent

    plan, task = experiment.plan(), experiment.task
    drawn = Drawn(task, plan, compiled.inputs, compiled.readout)
    _, inputs, targets = drawn.draw(task.arrays(), stream(experiment.seed, "show"))
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    count = min(plan.updates * plan.rows, max(MOST_SAMPLES // plan.rows, 1) * plan.rows)
    inputs = inputs.reshape(-1, *inputs.shape[2:])[:count]
    targets = targets.reshape(-1, *targets.shape[2:])[:count]
    if plan.outputs == "last":
        targets = targets[:, 0]
    unscored = np.asarray(absent(targets))
    y = np.asarray(compiled.readout.targets(np.where(unscored, 0, targets), task.width, np))
    if y.dtype.kind in "iu":
        y = np.where(unscored, -1, y)
    return np.asarray(compiled.inputs.encode(inputs, task.width, np)), y
