"""A session: experiments run into a store, many at once, compiled programs shared."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from echospan.backend import keras_on_jax
from echospan.engine.compiled_experiment import CompiledExperiment, compiled_for
from echospan.engine.environment import first_device
from echospan.engine.evaluator import Answers
from echospan.engine.fleet import Fleet, Member, best_fleet
from echospan.engine.one_step import hidden_state
from echospan.engine.train_many import train_many
from echospan.engine.values import WEIGHTS, TrainState, to_arrays
from echospan.experiment import Experiment
from echospan.observer import Halted, Observer, Stopped
from echospan.report.objects import RunResult
from echospan.runner.result import headline, result_of
from echospan.runner.training import StoredTraining, TrainingResult
from echospan.store import LostRun, Run, Store, describe_environment, interrupt_all


@dataclass(frozen=True)
class Job:
    """A stored run that is to be trained and judged, and what it is called meanwhile."""

    experiment: Experiment
    run: Run
    label: str


class Session:
    """Runs experiments. Those that differ only in seed or learning rate are compiled once.

    Attributes:
        store: Where runs are kept; None where they are made already.
        observer: Receives progress.
        stop: Asked between pieces of work whether to end.
        made: The runs that it has begun.
        fleet: Trains several runs at once; left out, what is best for this machine.
        trust: Whether classes that stored settings name as ``package.module:Class`` are imported.
        environment: What the runs run on; found out for the first one.
    """

    def __init__(
        self,
        store: Store | None,
        observer: Observer | None = None,
        stop: Callable[[], bool] = lambda: False,
        fleet: Fleet | None = None,
        *,
        trust: bool = False,
    ) -> None:
        self._store = store
        self.environment: dict[str, Any] = {}
        self.trust = trust
        self.observer = observer or Observer()
        self.stop = stop
        self._given_fleet = fleet
        self.made: list[Run] = []
        self._compiled: dict[str, CompiledExperiment] = {}

    @property
    def store(self) -> Store:
        """Where runs are kept."""
        assert self._store is not None
        return self._store

    def begin(self, job: Job) -> None:
        """Work on a job begins now; for subclasses."""

    def failed(self, run: Run, error: BaseException) -> None:
        """Store what ended a run; for subclasses."""
        run.fail(error)

    def compiled(self, experiment: Experiment) -> CompiledExperiment:
        """The compiled form of an experiment, made when it is first needed."""
        shape = CompiledExperiment.shape(experiment)
        if shape not in self._compiled:
            self._compiled[shape] = compiled_for(experiment, self.stop)
        return self._compiled[shape]

    @property
    def _fleet(self) -> Fleet:
        # Not before it is needed: to choose is to start JAX.
        if self._given_fleet is None:
            keras_on_jax()
            self._given_fleet = best_fleet()
        return self._given_fleet

    def create(
        self,
        experiment: Experiment,
        recipe: str,
        *,
        study: Mapping[str, Any],
        parent: str | None = None,
        label: str = "",
    ) -> Run:
        """A new stored run of the experiment.

        The study is all that it takes to go on with it, beside its config. It is there from the
        run's first moment on.
        """
        # Everything that can be wrong with the settings is found before anything is stored.
        experiment.signature()
        run = self.store.create(
            recipe=recipe,
            config=experiment.to_dict(),
            fingerprint=experiment.fingerprint,
            seed=experiment.seed,
            parent=parent,
            label=label,
            json={"study": study},
        )
        self.made.append(run)
        return run

    @contextmanager
    def guard(self, run: Run, *, interrupts: bool = True) -> Iterator[None]:
        """Keep the state of a run true, whatever ends it.

        Args:
            run: The run.
            interrupts: Whether to store that it was stopped; otherwise the caller does.
        """
        try:
            yield
        except Halted:
            if interrupts:
                run.interrupt()
            raise Stopped(run.id) from None
        except (Stopped, KeyboardInterrupt):
            if interrupts:
                run.interrupt()
            raise
        except LostRun:
            # What becomes of it is the other process's to say.
            raise
        except BaseException as error:
            self.failed(run, error)
            raise

    def measure(
        self, jobs: Iterable[Job]
    ) -> Generator[tuple[Job, RunResult | Exception], None, None]:
        """Train (or go on training) and judge; everything but the end of the runs is stored.

        Jobs are trained many at once, and their programs compiled while others train.

        Yields:
            Each job when it ends, with its result, or with the error that ended it alone; then its
            run is stored as failed or interrupted. Where the consumer goes away, so are the rest.
        """
        jobs = list(jobs)
        left = {job.run.id: job for job in jobs}
        trainings: dict[str, StoredTraining] = {}
        result: RunResult | Exception

        def member(job: Job) -> Member:
            try:
                with self.guard(job.run, interrupts=False):
                    if self.stop():
                        raise Stopped(job.run.id)
                    self.begin(job)
                    training = self._training(job, len(jobs))
            except Stopped:
                raise
            except Exception:
                del left[job.run.id]
                raise
            trainings[job.run.id] = training
            return training.member

        try:
            with closing(train_many(jobs, member, self._fleet)) as trained:
                for job, finished in trained:
                    if job.run.id not in trainings:
                        assert finished.error is not None
                        yield job, finished.error
                        continue
                    try:
                        with self.guard(job.run, interrupts=False):
                            training = trainings[job.run.id]
                            trained_ = training.end(finished.result())
                            try:
                                result = self._judge(job, trained_)
                            except Halted:
                                training.keep(trained_.values)
                                raise
                    except Stopped as stopped:
                        yield job, stopped
                        continue
                    except Exception as error:
                        result = error
                    else:
                        training.observer.result(headline(result))
                    del left[job.run.id]
                    yield job, result
        finally:
            interrupt_all([job.run for job in left.values()])

    def _training(self, job: Job, jobs: int) -> StoredTraining:
        compiled = self.compiled(job.experiment)
        if not self.environment:
            self.environment.update(describe_environment(device=first_device()))
        job.run.save_environment(self.environment)
        observer = self.observer.part(job.label, jobs) if jobs > 1 else self.observer
        observer.describe(job.run.id, job.experiment.to_dict())
        return StoredTraining(
            job.experiment, compiled, job.run, observer=observer, stop=self.stop, label=job.label
        )

    def _judge(self, job: Job, trained: TrainingResult) -> RunResult:
        experiment, run = job.experiment, job.run
        compiled = self.compiled(experiment)
        compiled.evaluator.compile(trained.values, self.stop)
        began = time.perf_counter()
        answers = compiled.judge(trained.values, experiment.seed, stop=self.stop)
        judging = time.perf_counter() - began
        seconds = {
            "compile": compiled.trainer.compile_seconds + compiled.evaluator.compile_seconds,
            "train": trained.seconds,
            "evaluate": judging,
        }
        result = result_of(experiment, run, compiled, trained, answers, seconds, self.stop)
        # Counted once: the next run of this shape finds both programs compiled.
        compiled.trainer.compile_seconds = compiled.evaluator.compile_seconds = 0.0
        self._keep(experiment, run, compiled, trained.values, trained, answers)
        return result

    def _keep(
        self,
        experiment: Experiment,
        run: Run,
        compiled: CompiledExperiment,
        values: TrainState,
        trained: TrainingResult,
        answers: Answers,
    ) -> None:
        run.save_weights(to_arrays(compiled.model, values, WEIGHTS))
        if trained.history:
            run.save_history(trained.history)
        run.save_json("signature", experiment.signature().to_dict())
        series = getattr(experiment.task, "series", None)
        if series is not None:
            run.save_json("vocabulary", series.vocabulary.to_json())
        sequence = answers.values[0]
        whole = experiment.task.features is None and (sequence >= 0).all()
        if whole and (hidden := hidden_state(compiled, values, sequence, self.stop)):
            run.save_artifact("hidden", hidden)
