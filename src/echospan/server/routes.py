"""What each path does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from pydantic import BaseModel

from echospan.server import forms
from echospan.server.batcher import Answer
from echospan.server.entry import Entry, Session
from echospan.server.errors import Refused, overloaded
from echospan.server.http import TEXT, Reply, Request, reply
from echospan.server.hub import Hub

Handler = Callable[[Hub, Request], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Attributes:
        method: GET, POST or DELETE.
        path: Its parts; ``{run}`` stands for any text.
        handler: What answers.
        told: What it does, in one sentence.
        body: The form of the request's body.
        answer: The form of the reply; None where it has no body, or no JSON.
        status: Of a reply that is no refusal.
        refusals: Statuses of refusals of its own.
    """

    method: str
    path: tuple[str, ...]
    handler: Handler
    told: str
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    refusals: tuple[int, ...] = ()

    @property
    def template(self) -> str:
        """The path as one text."""
        return "/" + "/".join(self.path)


async def health(hub: Hub, request: Request) -> Reply:
    """Answer that the server works."""
    return reply({"status": "ok", "version": metadata.version("echospan")})


async def metrics(hub: Hub, request: Request) -> Reply:
    """The counts."""
    sessions = dict.fromkeys(hub.runs, 0)
    for session in list(hub.sessions.values()):
        sessions[session.entry.run_id] += 1
    waiting = {run: entry.batcher.waiting for run, entry in hub.runs.items() if entry.batcher}
    return Reply(200, hub.metrics.text(sessions, waiting).encode(), TEXT)


async def list_runs(hub: Hub, request: Request) -> Reply:
    """All runs."""
    return reply({"runs": [entry.served.describe() for entry in hub.runs.values()]})


async def show_run(hub: Hub, request: Request) -> Reply:
    """One run."""
    return reply(hub.entry(request.arguments["run"]).served.describe())


async def predict(hub: Hub, request: Request) -> Reply:
    """Whole sequences."""
    entry = hub.entry(request.arguments["run"])
    sequences = (await request.read(forms.PredictBody)).sequences
    _require_few(hub, sum(len(values) for values in sequences))
    coded = [[entry.served.encode(value) for value in values] for values in sequences]
    answers = await (_streamed if entry.stream else _whole)(hub, entry, coded)
    predictions = [_columns(entry, each) for each in answers]
    return reply({"run": entry.run_id, "predictions": predictions})


async def open_session(hub: Hub, request: Request) -> Reply:
    """A new session."""
    entry = hub.entry(request.arguments["run"])
    await request.read(forms.Empty)
    session, begun = hub.open(entry)
    await asyncio.wrap_future(begun)
    return reply(_state(session, saved=False), 201)


async def show_session(hub: Hub, request: Request) -> Reply:
    """Where a session stands."""
    session = hub.session(request.arguments["session"])
    return reply(_state(session, saved=await _is_saved(hub, session)))


async def step(hub: Hub, request: Request) -> Reply:
    """One value."""
    session = hub.session(request.arguments["session"])
    body = await request.read(forms.StepBody)
    symbol = session.entry.served.encode(body.value)
    (answer,) = await _processed(hub, session, [symbol], body.step)
    return reply(
        {
            "session": session.id,
            "step": answer.step,
            "echo": session.entry.served.name(answer.symbol),
            "confidence": answer.confidence,
        }
    )


async def steps(hub: Hub, request: Request) -> Reply:
    """Several values."""
    session = hub.session(request.arguments["session"])
    body = await request.read(forms.StepsBody)
    _require_few(hub, len(body.values))
    symbols = [session.entry.served.encode(value) for value in body.values]
    answers = await _processed(hub, session, symbols, body.step)
    columns = _columns(session.entry, answers)
    return reply({"session": session.id, "step": answers[-1].step, **columns})


async def reset(hub: Hub, request: Request) -> Reply:
    """Back to the start of a sequence."""
    session = hub.session(request.arguments["session"])
    await request.read(forms.Empty)
    await asyncio.wrap_future(hub.put(session, None))
    return reply(_state(session, saved=await _is_saved(hub, session)))


async def save(hub: Hub, request: Request) -> Reply:
    """The state to disk."""
    session = hub.session(request.arguments["session"])
    await request.read(forms.Empty)
    snapshot = await asyncio.wrap_future(hub.snapshot(session))
    await _on_disk(hub, hub.save, session, snapshot)
    return reply({**_state(session, saved=True), "step": snapshot.steps})


async def restore(hub: Hub, request: Request) -> Reply:
    """The state from disk, into an open session or a new one of the same id."""
    session_id = request.arguments["session"]
    await request.read(forms.Empty)
    found = await _on_disk(hub, hub.find_saved, session_id)
    if found is None:
        raise Refused(404, "no-session", "No session of that id is saved.")
    entry, snapshot = found
    entry.require()
    session = hub.sessions.get(session_id)
    if session is None:
        session, placed = hub.open(entry, session_id, snapshot)
    else:
        placed = hub.put(session, snapshot)
    await asyncio.wrap_future(placed)
    return reply({**_state(session, saved=True), "step": snapshot.steps})


async def delete(hub: Hub, request: Request) -> Reply:
    """A session, open or saved."""
    session_id = request.arguments["session"]
    session = hub.sessions.get(session_id)
    if session is not None:
        await asyncio.wrap_future(hub.delete(session))
    removed = await _on_disk(hub, hub.remove_saved, session_id)
    if session is None and not removed:
        raise Refused(404, "no-session", "No session of that id is open or saved.")
    return Reply(204)


async def _processed(
    hub: Hub, session: Session, symbols: list[int], expected: int | None
) -> list[Answer]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Answer]] = loop.create_future()

    def done(outcome: list[Answer] | BaseException) -> None:
        loop.call_soon_threadsafe(_settle, future, outcome)

    hub.submit(session, symbols, expected, done)
    return await future


async def _streamed(hub: Hub, entry: Entry, coded: list[list[int]]) -> list[list[Answer]]:
    loop = asyncio.get_running_loop()
    futures: list[asyncio.Future[list[Answer]]] = [loop.create_future() for _ in coded]

    def done(place: int, outcome: list[Answer] | BaseException) -> None:
        loop.call_soon_threadsafe(_settle, futures[place], outcome)

    hub.predict(entry, coded, done)
    return list(await asyncio.gather(*futures))


async def _whole(hub: Hub, entry: Entry, coded: list[list[int]]) -> list[list[Answer]]:
    model = entry.whole
    assert model is not None
    for symbols in coded:
        model.check(symbols)
    if hub.opening >= hub.limits.waiting:
        raise overloaded("Too many requests wait for this model. Try again in a second.")
    hub.opening += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(hub.work, lambda: [model.predict(s) for s in coded])
    finally:
        hub.opening -= 1


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    # A client that left has taken its future along; the state went on all the same.
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


async def _on_disk(hub: Hub, function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(hub.disk, function, *arguments)


async def _is_saved(hub: Hub, session: Session) -> bool:
    from echospan.server import saved

    found: bool = await _on_disk(hub, saved.exists, session.entry.path, session.id)
    return found


def _state(session: Session, *, saved: bool) -> dict[str, Any]:
    return {
        "session": session.id,
        "run": session.entry.run_id,
        "step": session.queue.steps,
        "saved": saved,
    }


def _columns(entry: Entry, answers: list[Answer]) -> dict[str, list[Any]]:
    name = entry.served.name
    return {
        "echoes": [name(answer.symbol) for answer in answers],
        "confidences": [answer.confidence for answer in answers],
    }


def _require_few(hub: Hub, given: int) -> None:
    if given > hub.limits.values:
        raise Refused(
            413,
            "too-many-values",
            f"A request may hold at most {hub.limits.values:,} values; got {given:,}.",
        )


_RUN, _SESSION = ("runs", "{run}"), ("sessions", "{session}")
_OF_SESSION = (404, 410)

ROUTES = (
    Route("GET", ("health",), health, "Answer that the server works; needs no token.",
          answer=forms.Health),
    Route("GET", ("metrics",), metrics, "Counts in Prometheus's text format."),
    Route("GET", ("runs",), list_runs, "List the runs that are served.", answer=forms.RunForms),
    Route("GET", _RUN, show_run, "Describe a run.", answer=forms.RunForm, refusals=(404, 410)),
    Route("POST", (*_RUN, "predict"), predict, "Predict sequences, each from its start.",
          forms.PredictBody, forms.Predictions, refusals=(404, 410)),
    Route("POST", (*_RUN, "sessions"), open_session, "Open a session.", forms.Empty,
          forms.SessionState, 201, (404, 410)),
    Route("GET", _SESSION, show_session, "Show where a session stands.",
          answer=forms.SessionState, refusals=_OF_SESSION),
    Route("DELETE", _SESSION, delete, "End a session and delete what is saved of it.", status=204,
          refusals=_OF_SESSION),
    Route("POST", (*_SESSION, "step"), step, "Process one value.", forms.StepBody, forms.Step,
          refusals=(*_OF_SESSION, 409)),
    Route("POST", (*_SESSION, "steps"), steps, "Process several values in order.",
          forms.StepsBody, forms.Steps, refusals=(*_OF_SESSION, 409)),
    Route("POST", (*_SESSION, "reset"), reset, "Go back to the start of a sequence.", forms.Empty,
          forms.SessionState, refusals=_OF_SESSION),
    Route("POST", (*_SESSION, "save"), save, "Write the state to disk.", forms.Empty,
          forms.SessionState, refusals=_OF_SESSION),
    Route("POST", (*_SESSION, "restore"), restore, "Go back to the state on disk.", forms.Empty,
          forms.SessionState, refusals=(*_OF_SESSION, 409)),
)  # fmt: skip
