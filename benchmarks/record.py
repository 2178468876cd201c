"""What was measured so far, in a file: a benchmark that was cut off goes on from there."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.result import Result
from echospan.errors import DataError
from echospan.report.files import write_whole

VERSION = 1


@dataclass
class Record:
    """A benchmark, finished or not.

    Attributes:
        machine: What it was measured on.
        date: The day on which it began.
        results: One for each job.
    """

    machine: dict[str, Any] = field(default_factory=describe)
    date: str = field(default_factory=lambda: datetime.date.today().isoformat())
    results: dict[str, Result] = field(default_factory=dict)

    def finished(self, name: str, repeats: int) -> bool:
        """Whether a job was measured with at least that many repeats."""
        found = self.results.get(name)
        return found is not None and any(len(m.seconds) >= repeats for m in found.measured)

    def in_order(self, names: Sequence[str]) -> list[Result]:
        """The results of these jobs, those that there are."""
        return [self.results[name] for name in names if name in self.results]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "version": VERSION,
            "machine": self.machine,
            "date": self.date,
            "jobs": [result.to_json() for result in self.results.values()],
        }

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            ConfigError: The place cannot be written to, or is a link or a device.
        """
        write_whole(path, json.dumps(self.to_json()).encode(), "--write")

    @classmethod
    def resume(cls, path: Path) -> Record:
        """A benchmark from its file, to go on with: it must be of this machine.

        Raises:
            DataError: The file is not what `save` writes, or was written on another machine.
        """
        record, here = cls.load(path), describe()
        for key in ("cpu", "cores"):
            if record.machine.get(key) != here[key]:
                raise DataError(
                    f"{path} was measured on another machine: its {key} is "
                    f"{record.machine.get(key)}, this one's {here[key]}. Times of two machines "
                    "don't belong in one table. Leave --resume out to begin a new one."
                )
        return record

    @classmethod
    def load(cls, path: Path) -> Record:
        """A benchmark from its file.

        Raises:
            DataError: The file is not what `save` writes.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != VERSION:
                raise ValueError(f"version {content['version']}")
            results = [Result.from_json(each) for each in content["jobs"]]
            return cls(content["machine"], content["date"], {r.job: r for r in results})
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise DataError(
                f"{path} does not hold an unfinished benchmark that can be read ({problem}). Leave "
                "--resume out to begin a new one."
            ) from None
