"""A recipe run whole: its experiment, and the variants that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.experiment import Experiment
from echospan.observer import Stopped
from echospan.recipe import Recipe, Variant
from echospan.runner.explain import compare
from echospan.runner.session import Result, Session, summary_of
from echospan.store import Run


def run_recipe(
    session: Session,
    recipe: Recipe,
    settings: Mapping[str, Any],
    *,
    seeds: int = 1,
    variants: bool = True,
) -> list[Result]:
    """Run a recipe for one or more seeds.

    Args:
        session: Where to.
        recipe: What.
        settings: Dotted settings laid over the recipe's.
        seeds: Seeds to run, from the experiment's own on.
        variants: Whether to run the variants too; with several seeds, only beside the first.

    Returns:
        One result a seed.
    """
    first = check(recipe, settings, variants=variants)
    found = []
    for seed in range(first.seed, first.seed + seeds):
        experiment = first.with_settings({"seed": seed})
        run = session.create(experiment, recipe.name)
        beside = variants and seed == first.seed
        run.save_json("study", _study(recipe, settings, beside))
        found.append(go(session, run, experiment))
    return found


def check(recipe: Recipe, settings: Mapping[str, Any], *, variants: bool = True) -> Experiment:
    """The recipe's experiment, when everything that is to be run can be.

    Raises:
        EchospanError: A setting that the experiment or one of its variants cannot take, or a file
            that it cannot use. Nothing is stored or trained by then.
    """
    first = recipe.settle(settings)
    others = [recipe.settle_variant(variant, settings) for variant in recipe.variants]
    for experiment in [first, *(others if variants else [])]:
        experiment.signature()
        experiment.evaluation_plan()
        experiment.task.arrays()
    return first


def resume(session: Session, run: Run) -> Result:
    """Go on with an interrupted, failed or killed run.

    Raises:
        StoreError: It finished, or runs in another process.
    """
    config = dict(run.config)
    run.resume()
    with session.guard(run):
        experiment = Experiment(**config)
    return go(session, run, experiment)


def go(session: Session, run: Run, experiment: Experiment) -> Result:
    """Train, judge and compare, and finish the run."""
    study = run.load_json("study")
    recipe = Recipe(**study["recipe"]) if study["recipe"] else None
    with session.guard(run):
        result = session.measure(experiment, run, run.recipe)
        if recipe is not None and recipe.variants:
            result["variants"] = [
                _variant(session, run, recipe, variant, study["settings"], result)
                for variant in recipe.variants
            ]
            if recipe.grid is not None:
                result["grid"] = recipe.grid.to_dict()
            result["explanation"] += compare(result["variants"], experiment.task.chance)
        run.finish(result)
    return result


def _study(recipe: Recipe, settings: Mapping[str, Any], variants: bool) -> dict[str, Any]:
    """What `go` needs to run the variants, also after an interruption."""
    return {"recipe": recipe.to_dict() if variants else None, "settings": dict(settings)}


def _variant(
    session: Session,
    parent: Run,
    recipe: Recipe,
    variant: Variant,
    settings: Mapping[str, Any],
    result: Result,
) -> dict[str, Any]:
    first = recipe.settle_variant(variant, settings)
    results: list[Mapping[str, Any]] = []
    for seed in range(first.seed, first.seed + recipe.variant_seeds):
        experiment = first.with_settings({"seed": seed})
        results.append(_one(session, parent, variant, experiment, result))
    return {
        "name": variant.name,
        "label": variant.label or variant.name,
        "settings": dict(variant.set),
        **summary_of(results),
        "parameters": results[0]["parameters"],
        "epochs": [found["epochs"] for found in results],
        "seconds": sum(found["seconds"]["train"] for found in results) / len(results),
        "runs": [found["run_id"] for found in results],
    }


def _one(
    session: Session, parent: Run, variant: Variant, experiment: Experiment, result: Result
) -> Mapping[str, Any]:
    """One seed of a variant: measured, or found measured already."""
    if experiment.fingerprint == Experiment(**parent.config).fingerprint:
        return result
    known = session.store.list(
        parent=parent.id, fingerprint=experiment.fingerprint, state="finished", limit=1
    )
    if known:
        return session.store.get(known[0].run_id).load_result()
    run = session.create(
        experiment, f"{parent.recipe}/{variant.name}", parent=parent.id, label=variant.label
    )
    try:
        with session.guard(run):
            found = session.measure(experiment, run, f"{variant.name}, seed {experiment.seed}")
            run.finish(found)
    except Stopped:
        # To go on with the variant alone would leave the comparison undone.
        raise Stopped(parent.id) from None
    return found
