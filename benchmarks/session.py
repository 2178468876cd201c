"""Runs a job: every contender in a process of its own, one after another, several times over.

The repeats are interleaved (A B C, A B C, ...), so that a slow spell of the machine falls on all of
them; ratios are taken within a repeat. While one is timed the others wait for their next question
and use no processor time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.contenders import CONTENDERS, OURS, Contender
from benchmarks.environments import find_python
from benchmarks.jobs import PRODUCTS, Job
from benchmarks.machine import allowed_cores, chosen_cores
from benchmarks.process import NotMeasured, Process
from benchmarks.result import Limit, Measured, Result

HERE = Path(__file__).resolve().parent
START_LIMIT = 150.0
"""Seconds that building, compiling and trying settings may take."""


@dataclass(frozen=True)
class Settings:
    """How to measure.

    Attributes:
        envs: Folder of the peers' environments.
        peers: The peers that take part.
        repeats: Instead of each job's own number.
        scale: Length of the timed runs, against each job's own.
        limit: Seconds after which a job begins no further repeat.
        say: Told of progress, a line at a time.
    """

    envs: Path
    peers: list[Contender]
    repeats: int | None = None
    scale: float = 1.0
    limit: float = 150.0
    say: Callable[[str], None] = field(default=lambda line: None)


def start(contender: Contender, settings: Settings, cores: int = 1) -> Process:
    """The contender's process, on so many cores.

    Raises:
        NotMeasured: There is no environment for it.
    """
    python = find_python(settings.envs, contender.environment, contender.needs)
    if python is None:
        raise NotMeasured(
            f"needs {' and '.join(contender.needs)}; to get them: python -m benchmarks --install"
        )
    allowed = chosen_cores(cores)
    # NumPy's and PyTorch's threads; PyTorch tries other numbers itself.
    variables: dict[str, str | None] = {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # NumPy must choose its kernel by this CPU: some systems make it take an older one's, and
        # the machine's limit would come out too low.
        "OPENBLAS_CORETYPE": None,
        "OPENBLAS_L2_SIZE": None,
        **contender.variables,
    }
    if contender.ours:
        folder, program = HERE.parent, "benchmarks.ours"
        python = Path(sys.executable)
    else:
        folder, program = HERE, f"peers.{contender.program}"
    # A peer's Python need not have echospan; the folder comes last, so that it hides nothing.
    code = "import runpy, sys; sys.path.append(sys.argv[1]); "
    code += f"runpy.run_module('{program}', run_name='__main__')"
    return Process([str(python), "-P", "-c", code, str(folder)], variables, allowed)


@dataclass
class Side:
    """A contender at work on a job."""

    contender: Contender
    measured: Measured
    process: Process | None = None
    multiple: int = 1

    def prepare(self, job: Job, settings: Settings) -> None:
        """Start, compile, warm up, and find out how many epochs a timed run takes."""
        self.process = start(self.contender, settings, len(allowed_cores()) if job.seeds else 1)
        question = {
            "do": "start",
            "work": asdict(job.work),
            "options": {"seeds": job.seeds, **self.contender.options},
        }
        about = self.process.ask(question, START_LIMIT)
        self.multiple = about.pop("multiple")
        self.measured.about = about
        count, seconds = self.multiple, 0.0
        self.train(count)
        while seconds < 0.05 * job.seconds * settings.scale:
            count = min(2 * count, job.epochs)
            seconds = self.train(count)
            if count == job.epochs:
                break
        wanted = job.seconds * settings.scale * count / max(seconds, 1e-9)
        pieces = max(1, round(min(wanted, job.epochs) / self.multiple))
        self.measured.epochs = pieces * self.multiple

    def repeat(self) -> float:
        """One timed run; its seconds an epoch."""
        seconds = self.train(self.measured.epochs) / self.measured.epochs
        self.measured.seconds.append(seconds)
        return seconds

    def train(self, epochs: int) -> float:
        """Train on; the seconds it took."""
        assert self.process is not None
        pieces = -(-epochs // self.multiple)
        answer = self.process.ask({"do": "train", "epochs": pieces * self.multiple}, START_LIMIT)
        self.measured.losses.extend((int(n), float(loss)) for n, loss in answer["losses"])
        return float(answer["seconds"])

    def finish(self) -> None:
        """Ask for the memory that was used."""
        if self.process is not None and not self.measured.failure:
            self.measured.memory = self.process.ask({"do": "memory"}, 30)["mebibytes"]


class _Limit:
    """NumPy's process, which times a job's matrix products alone."""

    def __init__(self, job: Job, settings: Settings) -> None:
        self._limit = Limit({}, sum(product.operations for product in job.work.products()), 0.0)
        own = Contender("products", "NumPy", "products", needs=("numpy",))
        self._process = start(own, settings)
        question = {"do": "start", "work": asdict(job.work), "options": {}}
        self._process.ask(question, START_LIMIT)

    def measure(self) -> Limit:
        """Once more; the fastest of all times counts."""
        found = self._process.ask({"do": "rates"}, START_LIMIT)
        self._limit.again(found["seconds"], found["peak"])
        return self._limit

    def end(self) -> None:
        """End the process."""
        self._process.end()


def measure(job: Job, settings: Settings) -> Iterator[Result]:
    """Measure a job of the kind `train`: the result after each repeat, so that none is lost."""
    began = time.perf_counter()
    peers = [each for each in settings.peers if each.key in job.peers]
    sides = [Side(each, Measured(each.key, each.name)) for each in (CONTENDERS[OURS], *peers)]
    products = Measured(PRODUCTS, "the output layer's three products")
    asked = settings.repeats or job.repeats
    result = Result(job.name, job.work.updates, 0.0, asked, [side.measured for side in sides])
    if job.products:
        result.measured.append(products)
    with ExitStack() as stack:
        limit = None if job.seeds else _Limit(job, settings)
        if limit is not None:
            stack.callback(limit.end)
            result.limit = limit.measure()
        for side in sides:
            with _guarded(side, settings):
                side.prepare(job, settings)
            if side.process is not None:
                stack.enter_context(side.process)
        for repeat in range(asked):
            if repeat and time.perf_counter() - began > settings.limit:
                settings.say(f"{job.name}: {repeat} of {asked} repeats: its time is over")
                break
            said = []
            for side in sides:
                if side.measured.failure:
                    continue
                with _guarded(side, settings):
                    seconds = side.repeat()
                    said.append(f"{side.contender.name} {_milliseconds(seconds, job)}")
            if limit is not None:
                result.limit = limit.measure()
            if job.products and not sides[0].measured.failure:
                with _guarded(sides[0], settings):
                    assert sides[0].process is not None
                    answer = sides[0].process.ask({"do": "output_products"}, START_LIMIT)
                    products.seconds.append(float(sum(answer["seconds"])))
                    products.epochs = 1
            for side in sides:
                with _guarded(side, settings):
                    side.finish()
            result.took = time.perf_counter() - began
            settings.say(f"{job.name} {repeat + 1}/{asked}, ms an update: {', '.join(said)}")
            yield result


def _milliseconds(seconds: float, job: Job) -> str:
    return f"{1e3 * seconds / job.work.updates:.3g}"


@contextmanager
def _guarded(side: Side, settings: Settings) -> Iterator[None]:
    """A contender that fails is shown as not measured, and the others go on."""
    try:
        yield
    except NotMeasured as problem:
        side.measured.failure = str(problem)
        side.measured.seconds.clear()
        settings.say(f"{side.contender.name}: not measured: {problem}")
        if side.process is not None:
            side.process.end()
