"""One run as plain values: all that a report needs to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from echospan.errors import CorruptRun, StoreError
from echospan.report.values import number, setting

Found = TypeVar("Found")

STATES = ("running", "finished", "failed", "interrupted")
FAILURE = "failure.txt"
MOST_FAILURE = 64 * 1024
"""Bytes read from the end of a traceback."""


class StoredRun(Protocol):
    """What a report reads from the store."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def recipe(self) -> str: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def config(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def path(self) -> Path: ...  # noqa: D102
    def load_result(self) -> Mapping[str, Any]: ...  # noqa: D102
    def load_history(self) -> Mapping[str, Any]: ...  # noqa: D102
    def load_environment(self) -> Mapping[str, Any]: ...  # noqa: D102
    def artifacts(self) -> list[str]: ...  # noqa: D102
    def load_artifact(self, name: str) -> Mapping[str, Any]: ...  # noqa: D102


@dataclass(frozen=True)
class RunView:
    """A run's stored pieces; a piece that is missing or damaged is empty.

    Attributes:
        run_id: Name of the run in its store.
        recipe: Name of the experiment.
        state: One of `STATES`.
        config: Nested settings.
        result: The result's keys; empty where the run did not finish.
        history: Columns (epochs,) ``epoch``, ``loss``, ``accuracy``, ...
        hidden: ``symbols`` (time,) and ``state`` (time, units), or empty.
        environment: Versions, device, git commit.
        intro: Text above the run in a report, paragraphs apart by an empty line.
        failure: Last line of a failed run's traceback.
        problems: Sentences about pieces that could not be read.
        seed: The run's seed.
        check: What the framing doctor says of it, as its report's `to_dict` gives it; may be empty.
    """

    run_id: str
    recipe: str
    state: str = "finished"
    config: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    intro: str = ""
    failure: str = ""
    problems: tuple[str, ...] = ()
    seed: int | None = None
    check: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_run(cls, run: StoredRun, *, intro: str = "") -> RunView:
        """Read a run from the store.

        Whatever cannot be read is left empty, and damage is noted among the problems. A run that
        did not finish need not have a result.
        """
        problems: list[str] = []

        def piece(name: str, load: Callable[[], Found], empty: Found) -> Found:
            try:
                return load()
            except StoreError as error:
                # Not there is normal before the end of a run; damaged is not.
                if isinstance(error, CorruptRun) or (name == "result" and state == "finished"):
                    problems.append(f"The {name} could not be read: {error}")
                return empty

        nothing: Mapping[str, Any] = {}
        state = piece("state", lambda: run.state, "unknown")
        hidden = nothing
        artifacts: list[str] = []
        if "hidden" in piece("list of artifacts", run.artifacts, artifacts):
            hidden = piece("hidden state", lambda: run.load_artifact("hidden"), nothing)
        return cls(
            run_id=run.id,
            recipe=run.recipe,
            state=state,
            config=piece("config", lambda: run.config, nothing),
            result=piece("result", run.load_result, nothing),
            history=piece("history", run.load_history, nothing),
            hidden=hidden,
            environment=piece("environment", run.load_environment, nothing),
            intro=intro,
            failure=last_line(Path(run.path) / FAILURE) if state == "failed" else "",
            problems=tuple(problems),
            seed=run.seed,
        )

    def with_intro(self, intro: str) -> RunView:
        """A copy with another text above the run."""
        return replace(self, intro=intro)

    def with_check(self, check: Mapping[str, Any]) -> RunView:
        """A copy with what the framing doctor says of it."""
        return replace(self, check=check)

    def with_problem(self, problem: str) -> RunView:
        """A copy with a sentence about something that is missing."""
        return replace(self, problems=(*self.problems, problem))

    @property
    def lag(self) -> int | None:
        """Steps between a value and its echo, where the task has one lag."""
        found = number(setting(self.config, "task.lag"))
        return int(found) if found is not None and found >= 0 else None

    @property
    def chance(self) -> float | None:
        """Accuracy of a model that knows nothing."""
        return number(self.result.get("chance"))


def last_line(path: Path) -> str:
    """Last line with text in a file, empty where there is none or it cannot be read."""
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - MOST_FAILURE))
            lines = file.read(MOST_FAILURE).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
