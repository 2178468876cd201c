"""What came out, kept in records.json beside the table and shown in docs/environments.md."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.environments.jobs import Ended
from tools.environments.table import ROOT

RECORDS = Path(__file__).with_name("records.json")

MADE = "make"
"""The job of making an environment, which comes before those of the table."""

CODE = ("src", "tests", "tools/environments", "pyproject.toml", "setup.py")
"""What the outcome of a job depends on, beside its environment."""


@dataclass
class Record:
    """One environment: what was installed, and each job's outcome by name.

    An outcome has ``passed``, ``said``, ``seconds``, ``cpu_seconds``, ``alone``, ``date`` (UTC) and
    ``code`` (`fingerprint` when it was run).
    """

    versions: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, job: str, ended: Ended, code: str) -> None:
        """Keep how a job ended."""
        numbers = {"seconds": round(ended.seconds, 1), "cpu_seconds": round(ended.cpu_seconds, 1)}
        date = datetime.now(UTC).date().isoformat()
        self.outcomes[job] = {**asdict(ended), **numbers, "date": date, "code": code}

    def has(self, job: str, code: str) -> bool:
        """Whether a job passed with this code."""
        outcome = self.outcomes.get(job)
        return outcome is not None and outcome["passed"] and outcome["code"] == code


def load(path: Path = RECORDS) -> dict[str, Record]:
    """All records by environment; none where nothing was run yet."""
    if not path.exists():
        return {}
    return {name: Record(**kept) for name, kept in json.loads(path.read_text("utf-8")).items()}


def save(records: dict[str, Record], names: Sequence[str], path: Path = RECORDS) -> None:
    """Write the records of these environments, in this order."""
    kept = {name: asdict(records[name]) for name in names if name in records}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def fingerprint() -> str:
    """A digest of the files under `CODE` that git knows or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *CODE]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    digest = hashlib.sha256()
    for name in sorted(set(listed.decode().split("\0")) - {""}):
        path = ROOT / name
        if path == RECORDS or not path.is_file():
            continue
        digest.update(f"{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
