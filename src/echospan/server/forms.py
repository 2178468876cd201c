"""The bodies of requests and replies, as pydantic models: they are read and described by them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

LONGEST_TEXT = 1_000
MOST_SEQUENCES = 1_000
_BIG = 2**63

Text = Annotated[StrictStr, Field(max_length=LONGEST_TEXT)]
Whole = Annotated[StrictInt, Field(ge=-_BIG, lt=_BIG)]
Real = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Value = Text | Whole | Real | None
"""A value as a file or a user writes it; null where it is missing."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Empty(_Body):
    """No settings."""


class StepBody(_Body):
    """One value of a session's stream."""

    value: Value = Field(description="The value, or null where it is missing.")
    step: Whole | None = Field(
        None,
        description="The number that this step must have (1 for the first). Another one is "
        "refused with 409, and the state stays as it is: so a request can be repeated safely.",
    )


class StepsBody(_Body):
    """Several values of a session's stream, the oldest first."""

    values: list[Value] = Field(min_length=1)
    step: Whole | None = Field(None, description="The number that the first step must have.")


class PredictBody(_Body):
    """Sequences to predict, each from its start."""

    sequences: list[Annotated[list[Value], Field(min_length=1)]] = Field(
        min_length=1, max_length=MOST_SEQUENCES
    )


class Step(BaseModel):
    """The answer to one value."""

    session: str
    step: int = Field(description="Values that the session has processed.")
    echo: str | None = Field(description="The answer; null where there is none yet.")
    confidence: float | None = Field(description="Its probability; null where there is none.")


class Steps(BaseModel):
    """The answers to several values."""

    session: str
    step: int = Field(description="Values that the session has processed.")
    echoes: list[str | None]
    confidences: list[float | None]


class SessionState(BaseModel):
    """A session."""

    session: str
    run: str
    step: int = Field(description="Values that it has processed.")
    saved: bool = Field(description="Whether a state of it is on disk.")


class Predicted(BaseModel):
    """The answers to one sequence."""

    echoes: list[str | None]
    confidences: list[float | None]


class Predictions(BaseModel):
    """The answers to each sequence."""

    run: str
    predictions: list[Predicted]


class RunForm(BaseModel):
    """A run that is served."""

    run: str
    recipe: str
    task: str
    framing: str
    model: str
    streams: bool = Field(description="Whether it takes sessions.")
    symbols: int = Field(description="Number of distinct values.")
    values: list[str] = Field(description="The values that it knows, the first 1,000.")
    takes_missing: bool
    first_answer: int = Field(description="Values that there must be before the first answer.")
    longest: int | None = Field(description="Values of the longest sequence; null: no limit.")
    confidence: bool = Field(description="Whether answers have a probability.")


class RunForms(BaseModel):
    """The runs that are served."""

    runs: list[RunForm]


class Health(BaseModel):
    """That the server works."""

    status: Literal["ok"]
    version: str


class ErrorForm(BaseModel):
    """Why a request was refused."""

    error: str = Field(description="A short code.")
    sentence: str
