"""The lab's JSON API: runs of the store, and work that the lab does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from echospan.errors import RunNotFound
from echospan.lab.lab import Lab

RunId = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9._:-]+$")]
Number = Annotated[int, Path(ge=1, le=10**9)]


class StartRun(BaseModel):
    """Train a recipe."""

    model_config = ConfigDict(extra="forbid")

    recipe: str = Field(max_length=60, pattern=r"^[a-z-]+$", examples=["window"])
    settings: dict[str, JsonValue] = Field(default={}, examples=[{"training.epochs": 300}])
    variants: bool = False


class StartSheet(BaseModel):
    """Measure the sheet of a built-in model."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(max_length=60, pattern=r"^[a-z0-9-]+$", examples=["lstm"])
    symbols: int = Field(default=4, ge=2, le=200)
    units: int | None = Field(default=None, ge=1, le=2000)
    params: int | None = Field(default=None, ge=1, le=1_000_000)
    protocol: Literal["quick-1", "standard-1"] = "quick-1"

    @model_validator(mode="after")
    def _one_size(self) -> StartSheet:
        if self.units is not None and self.params is not None:
            raise ValueError("Give units or params, not both.")
        return self


class Told(BaseModel):
    """A job as the API tells of it."""

    number: int
    work: dict[str, Any]
    state: Literal["waiting", "running", "finished", "stopped", "failed"]
    run_id: str | None
    share: float
    seconds_left: float | None
    text: str
    version: int


class Summary(BaseModel):
    """One run or sheet of the store."""

    run_id: str
    recipe: str
    kind: str
    state: str
    seed: int
    accuracy: float | None
    created: str
    finished: str | None
    seconds: float | None
    label: str
    outcome: str
    parent: str | None


REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such run or job."},
    422: {"description": "What was sent can't be used; `detail` says why."},
}


def routes(lab: Lab) -> APIRouter:
    """All routes of the API over one lab."""
    api = APIRouter(responses=REFUSED)

    @api.get("/runs")
    def runs(
        kind: Annotated[str | None, Query(max_length=20)] = None,
        state: Annotated[str | None, Query(max_length=20)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[Summary]:
        """Runs and sheets, newest first."""
        with lab.store() as store:
            found = store.list(kind=kind, state=state, limit=limit)  # type: ignore[arg-type]
            return [Summary(**_known(one.to_json())) for one in found]

    @api.get("/runs/{run_id}")
    def result(run_id: RunId) -> dict[str, Any]:
        """The result of a run or the sheet, as `--json` prints it."""
        with lab.store() as store:
            return dict(store.get(run_id).load_result())

    @api.delete("/runs/{run_id}", status_code=204)
    def remove(run_id: RunId) -> None:
        """Delete a run that is not running; its id must be given in full."""
        with lab.store() as store:
            if (found := store.get(run_id).id) != run_id:
                raise RunNotFound(
                    f"Give the whole id to delete a run; {run_id} is short for {found}."
                )
            store.remove(run_id, variants=True)

    @api.get("/jobs")
    async def jobs() -> list[Told]:
        """Work of this lab, newest first."""
        return [Told(**job.to_dict()) for job in lab.jobs]

    @api.post("/jobs/run", status_code=201)
    async def start_run(asked: StartRun) -> Told:
        """Train a recipe, or wait for a turn."""
        from echospan.lab.work import run_work

        work = run_work(asked.recipe, asked.settings, variants=asked.variants)
        return Told(**lab.jobs.start(work).to_dict())

    @api.post("/jobs/sheet", status_code=201)
    async def start_sheet(asked: StartSheet) -> Told:
        """Measure a sheet, or wait for a turn."""
        from echospan.lab.work import sheet_work

        work = sheet_work(**asked.model_dump(exclude_none=True))
        return Told(**lab.jobs.start(work).to_dict())

    @api.get("/jobs/{number}")
    async def job(number: Number) -> Told:
        """How far a job is."""
        return Told(**lab.jobs.get(number).to_dict())

    @api.get("/jobs/{number}/curves")
    async def curves(number: Number) -> dict[str, list[tuple[int, dict[str, float]]]]:
        """Loss and accuracy by epoch, of each training of a job."""
        return {curve.label: curve.points for curve in lab.jobs.get(number).curves.values()}

    @api.post("/jobs/{number}/stop")
    async def stop(number: Number) -> Told:
        """Stop a job at the next safe place; what it did is kept."""
        return Told(**lab.jobs.stop(number).to_dict())

    return api


def _known(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name in Summary.model_fields}
