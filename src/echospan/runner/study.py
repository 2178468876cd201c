"""A recipe run whole: its experiment, and the variants that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from echospan.engine.estimate import require_room, told_before
from echospan.errors import CorruptRun, StoreError
from echospan.experiment import Experiment, with_names
from echospan.extras import TRAINING, needs
from echospan.limits import require_at_most, sizes
from echospan.observer import Stopped
from echospan.recipe import Recipe, Variant
from echospan.registry import reading
from echospan.report.objects import RunResult
from echospan.results.run import Grid
from echospan.results.run import Variant as Compared
from echospan.runner.explain import compare
from echospan.runner.result import summary_of
from echospan.runner.session import Job, Session
from echospan.store import Run, interrupt_all


def run_recipe(
    session: Session,
    recipe: Recipe,
    settings: Mapping[str, Any],
    *,
    seeds: int = 1,
    variants: bool = True,
    settled: Experiment | None = None,
) -> list[RunResult]:
    """Run a recipe for one or more seeds.

    Args:
        session: Where to.
        recipe: What.
        settings: Dotted settings laid over the recipe's.
        seeds: Seeds to run, from the experiment's own on.
        variants: Whether to run the variants too; with several seeds, only beside the first.
        settled: What `check` gave for the same recipe and settings; left out, it is asked.

    Returns:
        One result a seed.

    Raises:
        Stopped: The session was asked to stop.
    """
    settings = with_names(settings)
    first = settled or check(recipe, settings, variants=variants, seeds=seeds)
    if told := told_before(first, seeds):
        session.observer.note(told)
    runs: list[Run] = []
    known: dict[str, Experiment] = {}
    with _none_left_running(runs):
        for seed in range(first.seed, first.seed + seeds):
            if runs and session.stop():
                raise Stopped(*known)
            experiment = first if seed == first.seed else first.replace(seed=seed)
            beside = variants and seed == first.seed
            study = _study(recipe if beside else None, settings)
            run = session.create(experiment, recipe.name, study=study)
            runs.append(run)
            known[run.id] = experiment
    return go(session, runs, known)


def check(
    recipe: Recipe, settings: Mapping[str, Any], *, variants: bool = True, seeds: int = 1
) -> Experiment:
    """The recipe's experiment, when everything that is to be run can be.

    Args:
        recipe: What.
        settings: Dotted settings laid over the recipe's.
        variants: Whether the variants are to be run, too.
        seeds: Seeds that are to be run at once.

    Raises:
        EchospanError: A setting that the experiment or one of its variants cannot take, a file
            that it cannot use, a size that is estimated not to fit into memory, or a missing
            extra. Nothing is stored or trained by then.
    """
    require_at_most("seeds", sizes.SEEDS, seeds, "Each seed is a run of its own.")
    first = recipe.settle(settings)
    others = recipe.variants if variants else []
    beside = len(others) * recipe.variant_seeds
    require_at_most("variant_seeds", sizes.SEEDS, beside, "Each seed of a variant is a run.")
    settled = [recipe.settle_variant(variant, settings) for variant in others]
    for experiment in [first, *settled]:
        require_room(experiment, max(seeds, recipe.variant_seeds if settled else 1))
        experiment.signature()
        experiment.evaluation_plan()
        experiment.task.arrays()
    _needs_all()
    return first


def _needs_all() -> None:
    needs("Running an experiment", *TRAINING, "safetensors")


def resume(session: Session, run: Run, *, force: bool = False) -> RunResult:
    """Go on with an interrupted, failed or killed run; as `resume_all`."""
    return resume_all(session, [run], force=force)[0]


def resume_all(session: Session, runs: Sequence[Run], *, force: bool = False) -> list[RunResult]:
    """Go on with interrupted, failed or killed runs.

    Args:
        session: Where they are.
        runs: Runs of its store.
        force: Take those over, too, that seem to be running. A process that still works on one
            ends at its next write.

    Raises:
        StoreError: One finished, or runs in another process.
        MissingExtra: What trains is not installed.
        Stopped: The session was asked to stop.
    """
    _needs_all()
    with _none_left_running(taken := []):
        for run in runs:
            run.resume(force=force)
            taken.append(run)
    return go(session, runs, force=force)


def go(
    session: Session,
    runs: Sequence[Run],
    known: Mapping[str, Experiment] | None = None,
    *,
    force: bool = False,
) -> list[RunResult]:
    """Train, judge and compare, and finish the runs.

    Args:
        session: Where they are.
        runs: Each a run of the store, with its study beside it.
        known: Experiments that are in hand, by the ids of their runs; others are read from the
            store.
        force: Take over runs of variants that seem to be running.

    All that is to be trained is trained at once. A run that fails leaves the others as they are;
    its error is raised when they are done.
    """
    with _none_left_running(owned := list(runs)):
        studies: list[_Study] = []
        for run in runs:
            if studies and session.stop():
                raise Stopped(*(each.id for each in runs))
            with session.guard(run):
                experiment = (known or {}).get(run.id)
                study = _Study.of(session, run, experiment, alone=len(runs) == 1, force=force)
            owned += [job.run for job in study.jobs]
            studies.append(study)
        jobs = {job.run.id: (study, job) for study in studies for job in study.jobs}
        with closing(session.measure([job for _, job in jobs.values()])) as measured:
            for job, result in measured:
                jobs[job.run.id][0].take(session, job, result)
        return _finish(session, studies)


def _finish(session: Session, studies: Sequence[_Study]) -> list[RunResult]:
    results: list[RunResult] = []
    stopped: list[str] = []
    errors: list[Exception] = []
    for study in studies:
        try:
            results.append(study.finish(session))
        except Stopped as stop:
            stopped.append(stop.run_id)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    if stopped:
        raise Stopped(*stopped)
    return results


@contextmanager
def _none_left_running(runs: list[Run]) -> Iterator[None]:
    """Whatever ends the work early, no run stays behind as if it were running."""
    try:
        yield
    except BaseException:
        with suppress(StoreError):
            interrupt_all(runs)
        raise


@dataclass
class _Study:
    """A run and the runs of its variants.

    Attributes:
        run: The run itself.
        experiment: What it runs.
        recipe: What it is compared with; None where nothing is.
        settings: The user's, laid over the recipe's.
        beside: The variants with each of their seeds, by the variant's name.
        jobs: What is still to be trained.
        results: What is known, by fingerprint.
        error: What ended one of its runs; to finish is to raise it.
    """

    run: Run
    experiment: Experiment
    recipe: Recipe | None
    settings: Mapping[str, Any]
    beside: dict[str, list[Experiment]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    results: dict[str, RunResult] = field(default_factory=dict)
    error: Exception | None = None

    @classmethod
    def of(
        cls,
        session: Session,
        run: Run,
        experiment: Experiment | None,
        *,
        alone: bool,
        force: bool = False,
    ) -> _Study:
        """The study that a stored run belongs to, and its open jobs."""
        stored, given = _read_study(run)
        recipe = Recipe.from_dict(stored, trust=session.trust) if stored else None
        if recipe is not None and not recipe.variants:
            recipe = None
        # What the user typed when the run was made is data now.
        with reading(trust=session.trust):
            settings = with_names(given)
        if experiment is None:
            experiment = Experiment.from_dict(run.config, trust=session.trust)
        study = cls(run, experiment, recipe, settings)
        label = run.recipe if alone else f"{run.recipe}, seed {study.experiment.seed}"
        study.jobs.append(Job(study.experiment, run, label))
        known = {study.experiment.fingerprint}
        for variant in recipe.variants if recipe else ():
            study.beside[variant.name] = study._seeds(variant)
            for other in study.beside[variant.name]:
                if other.fingerprint not in known:
                    known.add(other.fingerprint)
                    study._add(session, variant, other, force=force)
        return study

    def _seeds(self, variant: Variant) -> list[Experiment]:
        """The variant with each of its seeds."""
        assert self.recipe is not None
        first = self.recipe.settle_variant(variant, self.settings)
        seeds = range(first.seed, first.seed + self.recipe.variant_seeds)
        return [first if seed == first.seed else first.replace(seed=seed) for seed in seeds]

    def _add(
        self, session: Session, variant: Variant, experiment: Experiment, *, force: bool
    ) -> None:
        """One seed of a variant: found measured already, begun already, or new."""
        before = session.store.list(parent=self.run.id, fingerprint=experiment.fingerprint)
        for begun in before:
            if begun.state == "finished":
                stored = session.store.get(begun.run_id).load_result()
                self.results[experiment.fingerprint] = RunResult.from_dict(stored)
                return
        label = f"{variant.name}, seed {experiment.seed}"
        if before:
            run = session.store.get(before[0].run_id)
            run.resume(force=force)
        else:
            name = f"{self.run.recipe}/{variant.name}"
            # Of its own, so that it can be gone on with by itself.
            study = _study(None, self.settings)
            run = session.create(
                experiment, name, parent=self.run.id, label=variant.label, study=study
            )
        self.jobs.append(Job(experiment, run, label))

    def take(self, session: Session, job: Job, result: RunResult | Exception) -> None:
        """Note how one of the jobs ended."""
        if isinstance(result, Exception):
            # The first error counts; a stop only where nothing went wrong.
            if self.error is None or isinstance(self.error, Stopped):
                self.error = result
            return
        self.results[job.experiment.fingerprint] = result
        if job.run is not self.run:
            with session.guard(job.run):
                job.run.finish(result.to_dict())

    def finish(self, session: Session) -> RunResult:
        """Compare, and finish the run.

        Raises:
            Stopped: One of its runs was; to go on with that one alone would leave the comparison
                undone, so it names the study's.
        """
        error = Stopped(self.run.id) if isinstance(self.error, Stopped) else self.error
        if error is not None and self.run.state != "running":
            # It ended itself, and its state says so.
            raise error
        with session.guard(self.run):
            if error is not None:
                raise error
            result = self.results[self.experiment.fingerprint]
            if self.recipe is not None:
                variants = tuple(self._compared(each) for each in self.recipe.variants)
                grid = self.recipe.grid
                told = compare(variants, self.experiment.task.chance)
                result = replace(
                    result,
                    variants=variants,
                    grid=None if grid is None else Grid.from_dict(grid.to_dict()),
                    explanation=(*result.explanation, *told),
                )
            self.run.finish(result.to_dict())
        return result

    def _compared(self, variant: Variant) -> Compared:
        results = [self.results[each.fingerprint] for each in self.beside[variant.name]]
        summary = summary_of(results)
        return Compared(
            name=variant.name,
            label=variant.label or variant.name,
            settings=dict(variant.set),
            accuracy=summary["accuracy"],
            interval=summary["interval"] and tuple(summary["interval"]),
            seeds=len(results),
            accuracies=tuple(summary["accuracies"]),
            chance=summary["chance"],
            parameters=results[0].parameters,
            epochs=tuple(result.epochs for result in results),
            seconds=sum(result.seconds["train"] for result in results) / len(results),
            runs=tuple(result.run_id for result in results),
        )


def _study(recipe: Recipe | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `go` needs to run the variants, also after an interruption."""
    return {"recipe": None if recipe is None else recipe.to_dict(), "settings": dict(settings)}


def _read_study(run: Run) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
    """The recipe and the settings of a stored study.

    Raises:
        CorruptRun: It is damaged.
    """
    try:
        content = run.load_json("study")
    except CorruptRun:
        raise
    except StoreError:
        # Of an earlier version, killed before it wrote one. The run itself is all there.
        return None, {}
    if isinstance(content, dict) and set(content) == {"recipe", "settings"}:
        recipe, settings = content["recipe"], content["settings"]
        if isinstance(recipe, dict | None) and isinstance(settings, dict):
            return recipe, settings
    raise CorruptRun(
        f"{run.path} holds a json/study.json that is not of the form recipe, settings. "
        "Other runs are not touched by this."
    )
