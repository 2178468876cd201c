"""A valid call of everything public, to be misused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from misuse.attempt import Call
from misuse.frameworks import of_keras, of_torch
from misuse.kept import of_results, of_serving, of_shown, of_store
from misuse.parts import of_contracts, of_layers, of_parts
from misuse.settings import of_specs
from misuse.trainers import of_callbacks
from misuse.verbs import verbs

GROUPS: dict[str, Callable[[Path], Iterator[Call]]] = {
    "verbs": verbs,
    "keras": lambda folder: of_keras(),
    "torch": lambda folder: of_torch(),
    "store": of_store,
    "specs": lambda folder: of_specs(),
    "parts": lambda folder: of_parts(),
    "layers": lambda folder: of_layers(),
    "results": of_results,
    "shown": lambda folder: of_shown(),
    "callbacks": lambda folder: of_callbacks(),
    "serving": of_serving,
    "contracts": lambda folder: of_contracts(),
}
