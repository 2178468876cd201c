"""`echospan.sweep`: many runs or sheets from one file."""

# No `from __future__ import annotations`: `help(echospan.sweep)` would show quoted types.

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal

from echospan.arguments import (
    each,
    either,
    flag,
    folder,
    function,
    instance,
    mapping,
    number,
    one_of,
    path,
    text,
    validated,
    whole,
)
from echospan.engine.fleet.threaded import cores
from echospan.limits import asks_consent
from echospan.limits import lifted as limits_lifted
from echospan.mirrors import LIBRARIES
from echospan.observer import Halted
from echospan.report.sweep_objects import SweepResult
from echospan.results.sweep_rows import SweepRows
from echospan.store import Store, resolve_location
from echospan.store.claims import Claims
from echospan.sweeps.costs import Costs
from echospan.sweeps.driver import Driver
from echospan.sweeps.executors import DEFAULT, require_known
from echospan.sweeps.mirrored import mirrored
from echospan.sweeps.plan import Plan, read_plan
from echospan.sweeps.progress import Counts, SweepObserver
from echospan.sweeps.table import Ready, read_ready, rows
from echospan.sweeps.verbs import Unit

_BLOCK = 500

MIRRORS = f"one of {', '.join(LIBRARIES)}, or a list of these"


@validated(
    what=either("the path of a TOML file, or its content", mapping("settings"), path),
    store=either(
        "a folder's path or an echospan.Store", instance("", "echospan.store:Store"), folder
    ),
    executor=text,
    options=mapping("options of the executor"),
    mirror=either(MIRRORS, one_of(*LIBRARIES), each(one_of(*LIBRARIES), MIRRORS)),
    workers=whole(1, 100_000),
    time_limit=number(above=0),
    retry=one_of("failed"),
    dry_run=flag,
    ready=path,
    trust=flag,
    yes=flag,
    observer=instance(
        "an echospan.sweeps.progress.SweepObserver", "echospan.sweeps.progress:SweepObserver"
    ),
    stop=function,
)
@asks_consent
def sweep(
    what: str | Path | Mapping[str, Any],
    *,
    store: str | Path | Store | None = None,
    executor: str = DEFAULT,
    options: Mapping[str, Any] | None = None,
    mirror: str | Sequence[str] | None = None,
    workers: int | None = None,
    time_limit: float | None = None,
    retry: Literal["failed"] | None = None,
    dry_run: bool = False,
    ready: str | Path | None = None,
    trust: bool = False,
    yes: bool = False,
    observer: SweepObserver | None = None,
    stop: Callable[[], bool] | None = None,
) -> SweepResult:
    """Do many runs or sheets, on all cores or on a cluster; what is finished is never done again.

    All units are looked at before the first one starts. Each is an ordinary run or sheet of the
    store, found by its fingerprint: a sweep that was interrupted, or killed, goes on where it
    ended when it is called again, from any machine that sees the store.

    Args:
        what: The path of a TOML file, or a dictionary of what one holds: a recipe's name and
            settings, or ``verb = "span"`` ("check", "conform", "needs", "uses", "diagnose") and
            arguments of the function of that name; and the table ``[sweep]`` of dotted fields and
            lists. All combinations are done; ``[sweep.zip]`` walks lists
            together, ``[sweep.when]`` says where a field applies, ``[[sweep.exclude]]`` leaves
            units out.
        store: Folder of the runs; by default ECHOSPAN_STORE or ./echospan-runs.
        executor: What does the work: "pool", processes on this machine; "slurm", jobs of the Slurm
            that this machine submits to; or "ray", tasks of a Ray cluster.
        options: What the executor asks its engine for, laid over the file's table
            ``[executor.NAME]``: ``{"partition": "short", "time": 60}`` of Slurm, ``{"address":
            "10.0.0.1:6379", "gpus_per_task": 0.25}`` of Ray.
        mirror: Copy each finished unit to "wandb", "trackio", "mlflow" or "tensorboard", or to
            several. A copy that fails costs the sweep nothing.
        workers: How many packs of units are done at once. Default: one a core.
        time_limit: Seconds that one unit may take; one that takes longer is recorded as failed.
        retry: "failed" to do units again that failed.
        dry_run: Do nothing; say how many units there are, how many are finished, and how long the
            rest takes where that was measured. The result has no rows.
        ready: A table that `SweepResult.save` wrote (.parquet or .csv). Units that are finished in
            it, by fingerprint, are not done again.
        trust: Import what the file names as ``package.module:Class``, too.
        yes: Go on where the estimated memory or time, or the number of units, is above a limit.
        observer: Receives progress; an `echospan.sweeps.progress.SweepObserver`.
        stop: Called often; if it returns True, what runs is kept where it stands, and the sweep
            ends with the results so far.

    Returns:
        The result: one row a unit, with its settings, its state and its numbers.

    Raises:
        ConfigError: A setting does not exist, or units can't be done; the first ten are named.
        DataError: The file, or the table of ready units, can't be read.
        OutOfMemory: A unit is estimated to need more memory than is free.
        StoreError: The store can't be used. What was done is kept.
        MissingExtra: What the units or the executor need is not installed.

    Example:
        >>> content = {
        ...     "recipe": "stream",
        ...     "task": {"symbols": 4, "length": 8},
        ...     "sweep": {"training.epochs": [1, 2], "seed": [0, 1]},
        ... }
        >>> result = echospan.sweep(content, store="my-runs", workers=1)
        >>> result.total, result.before + result.done, result.failed
        (4, 4, 0)
        >>> result.rows[1].settings
        {'training.epochs': 1, 'seed': 1}
        >>> result.to_frame().height
        4
    """
    began = time.perf_counter()
    require_known(executor)
    asked = stop or (lambda: False)
    observer = observer or SweepObserver()
    plan = read_plan(what, trust=trust)
    done_elsewhere: Ready = {} if ready is None else read_ready(ready, plan)
    with ExitStack() as stack:
        observer = stack.enter_context(mirrored(observer, mirror, plan.verb.row))
        opened = _opened(store, stack, create=False)
        survey = Survey(plan, opened, done_elsewhere, retry=retry is not None)
        total = plan.check(survey.see, asked)
        survey.end()
        if ready is not None and not survey.elsewhere:
            observer.note(f"No unit of this sweep is finished in {ready}.")
        costs = survey.costs
        if opened is not None:
            costs.read(opened, plan.verb, trust=trust)
        counts = Counts(total, survey.finished, 0, survey.failed)
        slots = 0
        if not dry_run and counts.left:
            opened = opened or _opened(store, stack, create=True)
            assert opened is not None
            driver = Driver(
                plan,
                total,
                opened,
                costs,
                before=survey.finished,
                failed=survey.failed,
                executor=executor,
                options=options or {},
                workers=workers,
                time_limit=time_limit,
                retry=retry is not None,
                trust=trust,
                yes=limits_lifted(),
                skip=frozenset(done_elsewhere),
                observer=observer,
                stop=asked,
            )
            with suppress(Halted):
                driver.run()
            counts, slots = driver.counts, driver.slots
            if driver.ledger.store is not opened:
                # It was gone for a while, and opened anew.
                opened = driver.ledger.store
                stack.callback(opened.close)
        seconds = costs.seconds()
        return SweepResult(
            name=plan.name,
            verb=plan.verb_name,
            fields=plan.fields,
            columns=dict(plan.verb.columns),
            score=plan.verb.score,
            total=total,
            before=counts.before,
            done=counts.done,
            failed=counts.failed,
            seconds=time.perf_counter() - began,
            expected_seconds=seconds if counts.left else None,
            workers=slots or workers or cores(),
            stopped=asked(),
            rows=() if dry_run else _listed(plan, opened, done_elsewhere),
        )


@validated(
    what=either("the path of a TOML file, or its content", mapping("settings"), path),
    store=either(
        "a folder's path or an echospan.Store", instance("", "echospan.store:Store"), folder
    ),
    ready=path,
    trust=flag,
)
def swept(
    what: str | Path | Mapping[str, Any],
    *,
    store: str | Path | Store | None = None,
    ready: str | Path | None = None,
    trust: bool = False,
) -> SweepResult:
    """The table of a sweep as it stands now; nothing is done. Arguments as for `sweep`."""
    plan = read_plan(what, trust=trust)
    done_elsewhere: Ready = {} if ready is None else read_ready(ready, plan)
    with ExitStack() as stack:
        opened = _opened(store, stack, create=False)
        total = plan.check()
        listed = _listed(plan, opened, done_elsewhere)
    return SweepResult(
        name=plan.name,
        verb=plan.verb_name,
        fields=plan.fields,
        columns=dict(plan.verb.columns),
        score=plan.verb.score,
        total=total,
        before=listed.count_state("finished"),
        failed=listed.count_state("failed"),
        rows=listed,
    )


class Survey:
    """What the store, and a table of ready units, know of the units of a plan.

    Args:
        plan: The plan.
        store: The store; None where there is none yet.
        ready: Rows that are finished elsewhere.
        retry: Whether failed units are to be done again.

    Attributes:
        finished: Units that are finished.
        failed: Units that failed, and are not to be done again.
        elsewhere: Units that are among the rows that are finished elsewhere.
        costs: What is to be done.
    """

    def __init__(self, plan: Plan, store: Store | None, ready: Ready, *, retry: bool) -> None:
        self._claims = None if store is None else Claims(store, plan.verb.kind)
        if store is not None:
            # Listing puts right what killed drivers left: what their workers had finished counts.
            store.list(state="running", limit=1)
        self._ready, self._retry = ready, retry
        self._block: list[Unit] = []
        self.finished = self.failed = self.elsewhere = 0
        self.costs = Costs()

    def see(self, unit: Unit) -> None:
        """Count a unit."""
        self._block.append(unit)
        if len(self._block) == _BLOCK:
            self.end()

    def end(self) -> None:
        """Count those that are not counted yet."""
        names = [unit.fingerprint for unit in self._block]
        known = {} if self._claims is None else self._claims.known(names)
        for unit in self._block:
            record = known.get(unit.fingerprint)
            self.elsewhere += unit.fingerprint in self._ready
            if unit.fingerprint in self._ready or (record and record.state == "finished"):
                self.finished += 1
            elif record and record.state == "failed" and not self._retry:
                self.failed += 1
            else:
                self.costs.add(unit)
        self._block.clear()


def _listed(plan: Plan, store: Store | None, ready: Ready) -> SweepRows:
    return SweepRows(plan.fields, plan.verb.columns, rows(plan, store, ready))


def _opened(
    given: str | Path | Store | None, stack: ExitStack, *, create: bool
) -> Store | None:  # fmt: skip
    """The store; None where there is none, and none is to be made."""
    if isinstance(given, Store):
        return given
    if not create and not os.path.lexists(resolve_location(given)):
        return None
    return stack.enter_context(Store(given))
