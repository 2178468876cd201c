"""Packs as tasks of a Ray cluster that is there already.

None is ever started here: a cluster that a sweep started on a laptop would only be a slower pool.
What a pack made is in the store's folder, which Ray's nodes see too, so that nothing is lost with
the driver, who owns the tasks' results and whose tasks Ray ends with it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from echospan.errors import EchospanError
from echospan.extras import needs
from echospan.sweeps.executors.base import Ended, Executor, Pack, Place
from echospan.sweeps.executors.ray_options import RayOptions, require_ray_at
from echospan.sweeps.work import run_pack

MOST_SLOTS = 4096
SLOTS_SECONDS = 10.0
"""A cluster may grow and shrink; its size is asked for that often."""


class Ray(Executor):
    """Tasks of the Ray cluster at an address. Its options are those of `RayOptions`.

    Left out, `workers` is the number of tasks that the cluster has room for.
    """

    name: ClassVar[str] = "ray"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._options = RayOptions.read(place.options)
        needs("The executor ray", "ray")
        self._ray, self._connected_here = _connect(self._options.address)
        self._packs: dict[Any, str] = {}
        self._stop_file: Path | None = None
        self._slots, self._counted = 1, -SLOTS_SECONDS
        self._work = self._ray.remote(run_pack).options(
            name="echospan sweep",
            num_cpus=self._options.cpus_per_task,
            num_gpus=self._options.gpus_per_task,
            resources=dict(self._options.resources),
            max_retries=self._options.retries,
            runtime_env={"env_vars": _variables(self._options)},
        )

    @property
    def slots(self) -> int:
        """Tasks that the cluster has room for at once."""
        if self.place.workers:
            return self.place.workers
        if time.monotonic() - self._counted > SLOTS_SECONDS:
            self._counted = time.monotonic()
            self._slots = self._room()
        return self._slots

    def _room(self) -> int:
        options, there = self._options, self._ray.cluster_resources()
        asked = {"CPU": options.cpus_per_task, "GPU": options.gpus_per_task, **options.resources}
        each = [int(there.get(name, 0) / amount) for name, amount in asked.items() if amount]
        # Where there is no room now, a cluster that grows by itself has to be asked first.
        return max(1, min([MOST_SLOTS, *each]))

    def submit(self, pack: Pack) -> None:
        """See `Executor.submit`."""
        self._stop_file = Path(pack.stop_file)
        try:
            self._packs[self._work.remote(pack.to_dict())] = pack.id
        except Exception as error:
            raise EchospanError(f"Ray refuses the task: {_first_line(error)}") from error

    def ended(self, timeout: float) -> Iterator[Ended]:
        """See `Executor.ended`."""
        waiting = list(self._packs)
        if not waiting:
            time.sleep(timeout)
            return
        if self._stop_file is not None and self._stop_file.exists():
            # A cluster may be full for hours: who stops doesn't wait for what has not begun. A task
            # that runs takes it as a Ctrl-C, and keeps where it stands.
            self._stop_file = None
            for task in waiting:
                self._cancel(task, force=False)
        try:
            ready, _ = self._ray.wait(waiting, num_returns=1, timeout=timeout, fetch_local=False)
            if ready:
                ready, _ = self._ray.wait(
                    waiting, num_returns=len(waiting), timeout=0, fetch_local=False
                )
        except Exception as error:
            raise EchospanError(f"Ray does not answer: {_first_line(error)}") from error
        for task in ready:
            yield Ended(self._packs.pop(task), self._error_of(task))

    def _error_of(self, task: Any) -> str:
        try:
            self._ray.get(task, timeout=30)
        except self._ray.exceptions.TaskCancelledError:
            return "The task was ended by the sweep."
        except self._ray.exceptions.NodeDiedError:
            return "Ray: the node of the task died."
        except self._ray.exceptions.WorkerCrashedError:
            return "Ray: the task's worker died."
        except self._ray.exceptions.OutOfMemoryError:
            return "Ray: the task was ended, since the node's memory ran out."
        except self._ray.exceptions.RayTaskError as error:
            # What went wrong in the task itself comes with Ray's traceback before it.
            return _last_line(error)
        except Exception as error:
            return f"Ray: {_first_line(error)}"
        return ""

    def kill(self, pack_id: str) -> None:
        """See `Executor.kill`."""
        for task, known in self._packs.items():
            if known == pack_id:
                self._cancel(task, force=True)

    def close(self) -> None:
        """See `Executor.close`."""
        for task in self._packs:
            self._cancel(task, force=True)
        self._packs.clear()
        if self._connected_here:
            self._connected_here = False
            with suppress(Exception):
                self._ray.shutdown()

    def _cancel(self, task: Any, *, force: bool) -> None:
        with suppress(Exception):
            self._ray.cancel(task, force=force)


def _connect(address: str) -> tuple[Any, bool]:
    """The module, connected, and whether that was done here and not by the user before.

    Raises:
        EchospanError: No Ray answers at the address.
    """
    # Asked before Ray is imported, which takes seconds and waits for an address for ever.
    require_ray_at(address)
    import ray

    if ray.is_initialized():
        return ray, False
    try:
        with _own_signals():
            ray.init(
                address=address,
                log_to_driver=False,
                configure_logging=False,
                logging_level=logging.CRITICAL,
            )
    except Exception as error:
        raise EchospanError(
            f"The Ray at {address} can't be used: {_first_line(error)} The driver of a sweep has "
            "to run on a machine of the cluster, with the same versions of Python and Ray."
        ) from error
    return ray, True


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep our own answer to Ctrl-C and SIGTERM, which Ray replaces by exiting at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(ValueError, TypeError):
                signal.signal(number, handler)


def _variables(options: RayOptions) -> dict[str, str]:
    """Environment of the workers: threads, the share of a GPU's memory, where modules are."""
    threads = str(max(1, int(options.cpus_per_task)))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")
    variables = dict.fromkeys(names, threads)
    if 0 < options.gpus_per_task < 1:
        # JAX takes three quarters of a GPU otherwise, and the next task on it finds no room.
        variables["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{0.9 * options.gpus_per_task:.3f}"
    ours = [each or os.getcwd() for each in sys.path]
    outside = [each for each in ours if not each.startswith((sys.prefix, sys.base_prefix))]
    if outside:
        variables["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(outside))
    return variables


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
