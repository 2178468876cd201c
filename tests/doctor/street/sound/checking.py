"""What the doctor says about a sound set-up, as it is kept between runs."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import echospan
from doctor.street.sound.case import SoundCase, built

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Said:
    """One finding, as plain values.

    Attributes:
        severity: Of the finding.
        code: Of the finding.
        message: Of the finding, in one line.
    """

    severity: str
    code: str
    message: str


@dataclass(frozen=True)
class Checked:
    """What came of one case.

    Attributes:
        name: Of the case.
        kind: Of the case.
        source: Of the case.
        said: What was found.
        skipped: What the check left out, by its own word.
        failure: The exception that the check raised; empty if it raised none.
        seconds: How long the check took.
    """

    name: str
    kind: str
    source: str
    said: tuple[Said, ...]
    skipped: tuple[str, ...]
    failure: str
    seconds: float

    def of(self, severity: str) -> list[Said]:
        """The findings of one severity."""
        return [finding for finding in self.said if finding.severity == severity]

    @property
    def clean(self) -> bool:
        """Whether there is no error, warning or exception."""
        return not (self.failure or self.of("error") or self.of("warning"))

    def __str__(self) -> str:
        told = [f"{severity}: {f.code}" for severity in SEVERITIES for f in self.of(severity)]
        told += [f"FAILED {self.failure}"] if self.failure else []
        return f"{self.kind}.{self.name} ({self.seconds:.1f} s): {', '.join(told) or 'nothing'}"


def check(case: SoundCase) -> Checked:
    """Build a case and hand it to echospan, as its user would."""
    given = built(case)
    started = time.perf_counter()
    said: tuple[Said, ...] = ()
    skipped: tuple[str, ...] = ()
    failure = ""
    try:
        report = getattr(echospan, case.api)(**given)
    except Exception as error:
        # One case that fails must not hide the others.
        failure = _line(f"{type(error).__name__}: {error}")
    else:
        said = tuple(Said(f.severity, f.code, _line(f.message)) for f in report.findings)
        skipped = tuple(_line(one) for one in report.skipped)
        failure = next((one for one in skipped if "the clone failed with" in one), "")
    seconds = round(time.perf_counter() - started, 1)
    return Checked(case.name, case.kind, case.source, said, skipped, failure, seconds)


def keep(one: Checked, file: Path) -> None:
    """Add one outcome to a file of JSON lines."""
    with file.open("a") as opened:
        opened.write(json.dumps(asdict(one)) + "\n")


def kept(file: Path) -> list[Checked]:
    """The outcomes in a file of JSON lines; none where there is no such file."""
    if not file.exists():
        return []
    found = []
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        entry["said"] = tuple(Said(**finding) for finding in entry["said"])
        found.append(Checked(**{**entry, "skipped": tuple(entry["skipped"])}))
    return found


def _line(text: str) -> str:
    # Without the colours that libraries put into messages.
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())
