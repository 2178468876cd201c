"""Train many runs at once: the one loop of recipes, studies and benchmarks.

    for run, finished in train_many(runs, member):
        weights = finished.result()

A run is anything that the caller keeps account by: a stored run, a seed with a learning rate. The
function `member` says how it is trained. `span` has a loop of its own; `spans.search` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from echospan.engine.fleet import Finished, Fleet, Member, best_fleet
from echospan.engine.source import Source
from echospan.engine.trainer import Trainer
from echospan.engine.values import read

if TYPE_CHECKING:
    import keras

Run = TypeVar("Run")
Key = TypeVar("Key", bound=Hashable)


def train_many(
    runs: Iterable[Run], member: Callable[[Run], Member], fleet: Fleet | None = None
) -> Generator[tuple[Run, Finished], None, None]:
    """Train runs many at once and give out each as soon as it ends.

    Consume it in one thread. When it is closed early, the runs that still train are given up at
    their next report.

    Args:
        runs: What is trained.
        member: Makes the member of the fleet for a run. It is called in the consuming thread, while
            runs made before already train. An error that it raises ends this run alone.
        fleet: Trains them; left out, `best_fleet()`.

    Yields:
        A run and how it ended, in the order of their ends; `Finished.index` is the run's place
        among `runs`. Those without a member come last.
    """
    started: list[tuple[int, Run]] = []
    failed: list[tuple[Run, Finished]] = []

    def members() -> Iterator[Member]:
        for index, run in enumerate(runs):
            try:
                made = member(run)
            except Exception as error:
                failed.append((run, Finished(index, None, error)))
                continue
            started.append((index, run))
            yield made

    with closing((fleet or best_fleet()).run(members())) as finished:
        for each in finished:
            index, run = started[each.index]
            yield run, replace(each, index=index)
    yield from failed


def trainers_for(
    model: keras.Model, sources: Mapping[Key, Source], like: Iterable[Trainer] = ()
) -> dict[Key, Trainer]:
    """Trainers of one model on several sources of the same shapes, which share one program.

    It is compiled here.

    Args:
        model: A built and compiled Keras model.
        sources: By whatever names them, such as the seed of the data.
        like: Trainers made before for this model and sources of these shapes, if any.
    """
    trainers: dict[Key, Trainer] = {}
    program = next((trainer.program for trainer in like), None)
    for key, source in sources.items():
        trainers[key] = trainer = Trainer(model, source, program=program)
        trainer.compile(read(model))
        program = trainer.program
    return trainers
