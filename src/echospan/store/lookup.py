"""From what a user types to a run's id."""

from __future__ import annotations

import difflib

from echospan.errors import RunNotFound, StoreError
from echospan.store.index import Index
from echospan.store.names import is_run_id
from echospan.store.record import KINDS, RunRecord

LATEST = "latest"
WORDS: dict[str, str] = {
    "run": "a run",
    "span": "a sheet",
    "compare": "a comparison",
    **{kind: f"a report of {kind}" for kind in KINDS[3:]},
}
_SHOWN = 3
_COMPARED = 1000


def find(
    index: Index, text: str, *, state: str | None = None, kind: str | None = None
) -> RunRecord:
    """The run that ``text`` means: a full id, a unique beginning, "latest" or "latest:RECIPE".

    "latest:span" and "latest:compare" are the newest sheet and comparison.

    Args:
        index: The index.
        text: What the user typed.
        state: For "latest": only runs in this state.
        kind: For "latest": only those of this kind, and none that belongs to another one.

    Raises:
        RunNotFound: None or several; the message lists the nearest ids.
    """
    if text == LATEST or text.startswith(f"{LATEST}:"):
        return _latest(index, text.partition(":")[2] or None, state, kind)
    if is_run_id(text):
        exact = index.read(text)
        if exact is not None:
            return exact
        matching = index.ids(text)
        if len(matching) == 1:
            only = index.read(matching[0])
            if only is not None:
                return only
        elif matching:
            more = f" and {len(matching) - _SHOWN} more" if len(matching) > _SHOWN else ""
            raise RunNotFound(
                f"{text!r} fits {len(matching)} runs: {', '.join(matching[:_SHOWN])}{more}. "
                "Type more of the id."
            )
    near = _nearest(index, text)
    advice = f"The nearest are: {', '.join(near)}." if near else "The store is empty."
    raise RunNotFound(f"No run has the id {text[:100]!r}. {advice}")


def check_kind(record: RunRecord, kind: str | None) -> None:
    """Refuse a run of another kind than was asked for.

    Raises:
        StoreError: It is.
    """
    if kind is None or record.kind == kind:
        return
    shown = "" if record.kind == "run" else f" `echospan runs show {record.run_id}` shows it."
    raise StoreError(f"{record.run_id} is {WORDS[record.kind]}, not {WORDS[kind]}.{shown}")


def _latest(index: Index, recipe: str | None, state: str | None, kind: str | None) -> RunRecord:
    newest = index.select(recipe=recipe, state=state, kind=kind, top=kind is not None, limit=1)
    if not newest and recipe in KINDS[1:] and kind in (None, recipe):
        newest = index.select(kind=recipe, state=state, top=True, limit=1)
    if newest:
        return newest[0]
    noun = WORDS[kind or "run"].removeprefix("a ")
    nouns = noun.replace("report", "reports") if "report" in noun else f"{noun}s"
    what = f"{state} {noun}" if state else noun
    of = f" of the recipe {recipe[:100]!r}" if recipe else ""
    there = index.select(state=state, kind=kind, limit=_COMPARED)
    recipes = sorted({record.recipe for record in there})
    advice = f"There are {nouns} of: {', '.join(recipes)}." if recipes else "Start one first."
    raise RunNotFound(f"The store {index.path.parent} holds no {what}{of}. {advice}")


def _nearest(index: Index, text: str) -> list[str]:
    ids = index.ids()[:_COMPARED]
    near = difflib.get_close_matches(text[:100], ids, _SHOWN, 0.6)
    if near:
        return near
    # "widnow" is far from "window-20261123-101500-3f2a", but near to its beginning.
    heads = {run_id[: len(text)]: run_id for run_id in reversed(ids)}
    close = difflib.get_close_matches(text[:100], list(heads), _SHOWN, 0.6)
    return [heads[head] for head in close] or ids[:_SHOWN]
