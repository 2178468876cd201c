"""One run as plain values: all that a report needs to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from echospan.errors import CorruptRun, EchospanError, StoreError
from echospan.report.values import setting
from echospan.results.check_report import CheckData
from echospan.results.run import RunData
from echospan.results.tolerant import number
from echospan.widgets.state_data import state_data

if TYPE_CHECKING:
    from echospan.store import Run

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class RunView:
    """A run's stored pieces; a piece that is missing or damaged is empty.

    Attributes:
        run_id: Name of the run in its store.
        recipe: Name of the experiment.
        state: "running", "finished", "failed" or "interrupted".
        config: Nested settings.
        result: The result; None where the run did not finish.
        history: Columns (epochs,) ``epoch``, ``loss``, ``accuracy``, ...
        hidden: ``symbols`` (time,) and ``state`` (time, units), or empty.
        environment: Versions, device, git commit.
        intro: Text above the run in a report, paragraphs apart by an empty line.
        failure: Last line of a failed run's traceback.
        problems: Sentences about pieces that could not be read.
        seed: The run's seed.
        check: What `echospan.check` says of it; None where it was not asked.
        state_picture: What the picture of its state shows; empty where there is none.
    """

    run_id: str
    recipe: str
    state: str = "finished"
    config: Mapping[str, Any] = field(default_factory=dict)
    result: RunData | None = None
    history: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    intro: str = ""
    failure: str = ""
    problems: tuple[str, ...] = ()
    seed: int | None = None
    check: CheckData | None = None
    state_picture: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_run(cls, run: Run, *, intro: str = "") -> RunView:
        """Read a run from the store.

        Whatever cannot be read is left empty, and damage is noted among the problems. A run that
        did not finish need not have a result.
        """
        problems: list[str] = []

        def piece(name: str, load: Callable[[], Piece], empty: Piece) -> Piece:
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
            result=piece("result", lambda: RunData.from_dict(run.load_result()), None),
            history=piece("history", run.load_history, nothing),
            hidden=hidden,
            environment=piece("environment", run.load_environment, nothing),
            intro=intro,
            failure=_last_line(run) if state == "failed" else "",
            problems=tuple(problems),
            seed=run.seed,
            state_picture=_state_picture(run) if state == "finished" and hidden else nothing,
        )

    def with_check(self, check: CheckData) -> RunView:
        """A copy with what the framing doctor says of it."""
        return replace(self, check=check)

    @classmethod
    def of_result(cls, result: RunData) -> RunView:
        """A view of a result alone, without what the store keeps beside it."""
        return cls(
            result.run_id, result.recipe or "run", config=result.settings, result=result,
            seed=result.seed,
        )  # fmt: skip

    @property
    def lag(self) -> int | None:
        """Steps between a value and its echo, where the task has one lag."""
        lag = number(setting(self.config, "task.lag"))
        return int(lag) if lag is not None and lag >= 0 else None

    @property
    def chance(self) -> float | None:
        """Accuracy of a model that knows nothing."""
        return None if self.result is None else self.result.chance


def _state_picture(run: Run) -> Mapping[str, Any]:
    """What the picture shows, empty where the run's pieces do not allow it."""
    try:
        return state_data(run)
    # A run by hand, or of another version, may lack a setting or have one of another kind.
    except (EchospanError, KeyError, TypeError, ValueError, AttributeError):
        return {}


def _last_line(run: Run) -> str:
    """Last line with text of a run's traceback, empty where there is none or it cannot be read."""
    try:
        lines = (run.load_failure() or "").splitlines()
    except StoreError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
