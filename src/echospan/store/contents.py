"""What is kept of a run: one method to save and one to load, for each kind of file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from echospan.arguments import Refusal, Rule, mapping, text, validated
from echospan.errors import StoreError
from echospan.files import open_folder
from echospan.store import names
from echospan.store.arrays import Array, Expected, read_arrays, write_arrays
from echospan.store.files import (
    TEXT_LIMIT,
    parse_json,
    read_json,
    read_limited,
    read_object,
    to_json,
    write_json,
)
from echospan.store.problems import MissingFile, corrupt, os_errors
from echospan.store.record import State


def _expected(value: Any) -> Any:
    if not all(len(each) == 2 for each in dict(value).values()):
        raise Refusal(value)
    return {name: (tuple(shape), str(dtype)) for name, (shape, dtype) in dict(value).items()}


EXPECTED = Rule("a dictionary from name to (shape, name of the dtype)", _expected)

ARRAYS = mapping("arrays", named=False)


class Contents(ABC):
    """The files of a run's folder.

    Every ``save_...`` replaces its file as a whole: after a crash the old or the new one is there.
    Every ``load_...`` raises StoreError where nothing was saved, and CorruptRun, with the file's
    name, where the file is damaged.

    Attributes:
        id: The run's id.
        path: The run's folder.
    """

    id: str
    path: Path

    @property
    @abstractmethod
    def state(self) -> State:
        """The run's state."""

    @abstractmethod
    def fence(self) -> AbstractContextManager[None]:
        """Hold the index's lock, after a look whether this process may write to the run.

        Raises:
            LostRun: Another process owns the run now.
            StoreError: The run was removed, or the store can only be read.
        """

    @property
    def config(self) -> dict[str, Any]:
        """The experiment, as it was given to ``Store.create``."""
        return read_object(self.path / names.CONFIG)

    def files(self) -> dict[str, int]:
        """The run's files, by path within its folder, and their sizes in bytes."""
        with os_errors("read", self.path):
            return {
                path.relative_to(self.path).as_posix(): path.lstat().st_size
                for path in sorted(self.path.rglob("*"))
                if path.is_file() and not path.is_symlink()
            }

    @validated(result=mapping("results", named=False))
    def save_result(self, result: Mapping[str, Any]) -> None:
        """Save the result, a JSON object. Numbers that are not finite become null."""
        self._write_json(self.path / names.RESULT, result)

    def load_result(self) -> dict[str, Any]:
        """The result."""
        try:
            return read_object(self.path / names.RESULT)
        except MissingFile as error:
            if self.state == "finished":
                raise
            raise self._absent("result") from error

    @validated(history=ARRAYS)
    def save_history(self, history: Mapping[str, Array]) -> None:
        """Save the history: equally long one-dimensional arrays (epochs,) by name."""
        lengths = {name: getattr(values, "shape", None) for name, values in history.items()}
        if len(set(lengths.values())) > 1 or any(len(s or ()) != 1 for s in lengths.values()):
            raise StoreError(
                f"A history must hold equally long one-dimensional arrays; got shapes {lengths}."
            )
        self._write_arrays(self.path / names.HISTORY, history)

    def load_history(self) -> dict[str, Array]:
        """The history: arrays (epochs,) by name."""
        return self._arrays(names.HISTORY, "history")

    @validated(weights=ARRAYS)
    def save_weights(self, weights: Mapping[str, Array]) -> None:
        """Save the weights: arrays of any shape by name."""
        self._write_arrays(self.path / names.WEIGHTS, weights)

    @validated(expected=EXPECTED)
    def load_weights(self, expected: Expected | None = None) -> dict[str, Array]:
        """The weights.

        Args:
            expected: Name to (shape, dtype name), as the model built from the config has them.
                Any difference is refused before an array is read.
        """
        return self._arrays(names.WEIGHTS, "weights", expected)

    @validated(arrays=ARRAYS, meta=mapping("values", named=False))
    def save_checkpoint(self, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
        """Save where training stands, arrays and meta in one file.

        Args:
            arrays: Arrays of any shape by name.
            meta: A JSON object; unlike elsewhere its numbers may be infinite (a best loss that is
                still open), and come back so.
        """
        self._write_with_meta(self.path / names.CHECKPOINT, arrays, meta)

    def load_checkpoint(self) -> tuple[dict[str, Array], dict[str, Any]] | None:
        """The arrays and the meta of the last checkpoint; None where there is none."""
        try:
            return _read_with_meta(self.path / names.CHECKPOINT)
        except MissingFile:
            return None

    @validated(name=text, arrays=ARRAYS, meta=mapping("values", named=False))
    def save_part(self, name: str, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
        """Save a finished part of longer work, arrays and meta in one file, until the run finishes.

        Args:
            name: Of the part.
            arrays: Arrays of any shape by name.
            meta: A JSON object whose numbers may be infinite, as in a checkpoint.
        """
        self._write_with_meta(self._named(names.PARTS, name, ".safetensors"), arrays, meta)

    @validated(name=text)
    def load_part(self, name: str) -> tuple[dict[str, Array], dict[str, Any]]:
        """The arrays and the meta that ``save_part`` saved."""
        try:
            return _read_with_meta(self._named(names.PARTS, name, ".safetensors"))
        except MissingFile as error:
            raise self._absent(f"part {name!r}") from error

    def parts(self) -> list[str]:
        """Names of the parts there are, sorted."""
        return self._arrays_in(names.PARTS)

    @validated(name=text, arrays=ARRAYS)
    def save_artifact(self, name: str, arrays: Mapping[str, Array]) -> None:
        """Save named arrays under a name of their own, such as "hidden"."""
        path = self._named(names.ARTIFACTS, name, ".safetensors")
        self._write_arrays(path, arrays)

    @validated(name=text)
    def load_artifact(self, name: str) -> dict[str, Array]:
        """The arrays that ``save_artifact`` saved."""
        path = self._named(names.ARTIFACTS, name, ".safetensors")
        return self._arrays(path.relative_to(self.path).as_posix(), f"artifact {name!r}")

    def artifacts(self) -> list[str]:
        """Names of the artifacts there are, sorted."""
        return self._arrays_in(names.ARTIFACTS)

    def _arrays_in(self, sub: str) -> list[str]:
        folder = self.path / sub
        with os_errors("read", folder):
            try:
                with open_folder(folder) as opened:
                    files = opened.names()
            except FileNotFoundError:
                return []
        return [
            name.removesuffix(".safetensors")
            for name in files
            if name.endswith(".safetensors") and not name.startswith(".")
        ]

    @validated(name=text)
    def save_json(self, name: str, value: object) -> None:
        """Save a JSON value under a name of its own, such as "vocabulary"."""
        path = self._named(names.JSONS, name, ".json")
        self._write_json(path, value)

    @validated(name=text)
    def load_json(self, name: str) -> Any:
        """The value that ``save_json`` saved."""
        path = self._named(names.JSONS, name, ".json")
        try:
            return read_json(path)
        except MissingFile as error:
            raise self._absent(f"JSON object {name!r}") from error

    @validated(environment=mapping("values", named=False))
    def save_environment(self, environment: Mapping[str, Any]) -> None:
        """Save what the run ran on; see ``describe_environment``."""
        self._write_json(self.path / names.ENVIRONMENT, environment)

    def load_environment(self) -> dict[str, Any]:
        """What the run ran on."""
        try:
            return read_object(self.path / names.ENVIRONMENT)
        except MissingFile as error:
            raise self._absent("environment") from error

    def load_failure(self) -> str | None:
        """The traceback of the last failure; None where there is none."""
        try:
            data = read_limited(self.path / names.FAILURE, TEXT_LIMIT)
        except MissingFile:
            return None
        return data.decode("utf-8", errors="replace")

    def _arrays(self, name: str, what: str, expected: Expected | None = None) -> dict[str, Array]:
        try:
            return read_arrays(self.path / name, expected)[0]
        except MissingFile as error:
            raise self._absent(what) from error

    def _named(self, folder: str, name: str, suffix: str) -> Path:
        return self.path / folder / (names.check_file_name(name) + suffix)

    def _write_json(self, path: Path, value: object) -> None:
        self._make(path.parent)
        write_json(path, value, self.fence)

    def _write_arrays(
        self, path: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None
    ) -> None:
        self._make(path.parent)
        write_arrays(path, arrays, metadata, self.fence)

    def _write_with_meta(
        self, path: Path, arrays: Mapping[str, Array], meta: Mapping[str, Any]
    ) -> None:
        self._write_arrays(path, arrays, {"meta": to_json(meta, "meta", exact=True)})

    def _make(self, folder: Path) -> None:
        # Before the work as well as at its end: a run that is lost is not written to at all.
        with self.fence():
            if folder != self.path:
                with os_errors("write", folder), open_folder(self.path) as own:
                    own.make(folder.name, there=True)

    def _absent(self, what: str) -> StoreError:
        return StoreError(f"The run {self.id} ({self.state}) has no {what}.")


def _read_with_meta(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    arrays, metadata = read_arrays(path)
    meta = parse_json(metadata.get("meta", "null"), path, exact=True)
    if not isinstance(meta, dict):
        raise corrupt(path, "its meta is missing or not a JSON object")
    return arrays, meta
