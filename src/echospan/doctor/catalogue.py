"""The catalogue of findings: what each code means, an example that has it, and the cure.

One TOML file a code, in `codes/`: what it means, what it is about, how it ranks, and its remedy
where that depends on the framework. `echospan explain`, the catalogue page of the documentation and
part of the doctor's own test bench are made from these files. A new finding is one such file and
one probe, a function ``(examination) -> list[Finding]``; those of other packages come by
`register`, or by an entry point in the group ``echospan.findings`` that leads to a `FindingPlugin`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from echospan.errors import ConfigError, EchospanError, unknown
from echospan.formats import read_toml
from echospan.registry import Registry
from echospan.spec import Spec

if TYPE_CHECKING:
    from echospan.results.check_report import Finding

Probe = Callable[[Any], "list[Finding]"]
"""Looks at an `echospan.doctor.examination.Examination` and says what it finds."""

Backend = Literal["jax", "tensorflow", "torch"]

EVIDENCE = {
    "A": "arithmetic on the order of the samples",
    "F": "forward reach: change an input, compare the outputs",
    "G": "gradient reach: differentiate the output with respect to the input",
    "M": "two computations that must agree are compared",
    "D": "the values in the data",
    "K": "the settings of the model and of the call",
    "S": "statistics (a heuristic)",
}
"""The kinds of evidence by letter."""

PRELUDE = "import echospan\nimport keras\nimport numpy as np\n\nrng = np.random.default_rng(0)\n"
"""Lines that precede each example that uses Keras."""

TORCH_PRELUDE = PRELUDE.replace(
    "import keras\nimport numpy as np", "import numpy as np\nimport torch"
)
"""What stands before each example that uses torch."""


class Entry(Spec):
    """One code of the catalogue."""

    section = "catalogue"

    code: str
    """Its name."""
    title: str
    """What is the matter, in one line."""
    severity: Literal["error", "warning", "note"]
    """Its usual severity."""
    evidence: list[str]
    """Letters of `EVIDENCE`."""
    rank: int
    """Its place in a report, lowest first. Below 200: the answer cannot reach the output; below
    300: it can, but training does not teach the model to carry it; below 400: the model does not
    run as intended; from 400: the score does not mean what it seems to."""
    behind: dict[str, int] = {}  # noqa: RUF012 (pydantic copies it)
    """Its rank in a report that has another finding, too, by that one's code."""
    covers: list[str] = []  # noqa: RUF012
    """Codes of more general findings that this one stands for, where both are about the same input
    and output: these move into its evidence."""
    about: Literal["answer", "input", "call"] = "answer"
    """What it is about: an output with the input that it needs, an input alone, or the call."""
    any_input: bool = False
    """Whether it is reported of every input, not only of the one that the answers are about."""
    planned: bool = True
    """Whether it can occur where echospan's own framing made the samples."""
    remedy_for: Literal["own", "all", "model"] = "own"
    """What its remedy changes: its own input and output; all of them alike, since it moves samples
    or steps; or the model, so that it is not rewritten for the user's own names."""
    remedy: dict[str, str] = {}  # noqa: RUF012
    """Remedies by framework (keras, torch, jax), in place of the probe's own; if ``keras`` is among
    them, they only stand in for that one. By kind of framing for echospan's own experiments."""
    symptoms: list[str] = []  # noqa: RUF012
    """What people see who have it, in their words; `echospan explain SYMPTOM` looks here."""
    meaning: str
    """What it means and why it matters."""
    caveat: str
    """When it is no fault."""
    cure: str
    """What to do, in words."""
    example: str
    """Lines that make a case which has it: ``x``, ``y`` and ``model``."""
    call: str
    """The line that checks it; the last of the example."""
    cured: str = ""
    """Lines that mend the case when they stand between the example and its check."""
    cured_call: str = ""
    """The check afterwards, where it changes too."""
    backends: list[Backend] = ["jax", "tensorflow", "torch"]  # noqa: RUF012 (pydantic copies it)
    """Keras backends on which the example has it."""
    torch: bool = False
    """Whether the example is written in torch, without Keras."""

    @property
    def prelude(self) -> str:
        """The imports that the example needs."""
        return TORCH_PRELUDE if self.torch else PRELUDE

    @property
    def faulty_program(self) -> str:
        """A whole program that has the fault; ``report`` holds what the doctor says."""
        return f"{self.prelude}\n{self.example.strip()}\nreport = {self.call}\n"

    @property
    def cured_program(self) -> str:
        """The same program without the fault."""
        call = self.cured_call or self.call
        parts = [self.prelude, self.example.strip(), self.cured.strip(), f"report = {call}"]
        return "\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class FindingPlugin:
    """A finding of another package, as its entry point in ``echospan.findings`` gives it.

    The name of the entry point is the finding's code.

    Attributes:
        toml: What it means: the text of a file like those in ``echospan/doctor/codes``, or its
            path.
        probe: Is called with the examination in each check, and returns what it finds.
    """

    toml: str | Path
    probe: Probe

    def entry(self, code: str) -> Entry:
        """What it means, as an entry of the catalogue."""
        text = self.toml.read_text("utf-8") if isinstance(self.toml, Path) else self.toml
        return read_entry(code, text)


_registered: dict[str, tuple[Entry, Probe]] = {}


@cache
def _built_in() -> dict[str, Entry]:
    files = (resources.files("echospan.doctor") / "codes").iterdir()
    return {
        file.name.removesuffix(".toml"): read_entry(
            file.name.removesuffix(".toml"), file.read_text("utf-8")
        )
        for file in files
        if file.name.endswith(".toml")
    }


def read_entry(code: str, text: str) -> Entry:
    """The entry that a TOML file describes.

    Args:
        code: Its name.
        text: The file's content.

    Raises:
        ConfigError: A field is missing, unknown or of another type.
    """
    return Entry(code=code, **read_toml(text, f"{code}.toml"))


def catalogue() -> dict[str, Entry]:
    """All entries by code, in the order in which a report names them."""
    entries = {**_built_in(), **{code: entry for code, (entry, _) in _registered.items()}}
    return dict(sorted(entries.items(), key=lambda item: (item[1].rank, item[0])))


def register(entry: Entry, probe: Probe) -> None:
    """Add a finding of another package to every check that follows.

    Args:
        entry: What it means.
        probe: Is called with the examination, once a check, after the built-in probes.

    Raises:
        ConfigError: The code is one of echospan's own, or another entry has it already.
    """
    known = entry if entry.code not in _registered else _registered[entry.code][0]
    if entry.code in _built_in() or known != entry:
        raise ConfigError("code", "a name that no other finding has", entry.code)
    _registered[entry.code] = entry, probe


def registered_probes() -> list[Probe]:
    """The probes of other packages that `register` and `register_plugins` added."""
    return [probe for _, probe in _registered.values()]


@cache
def plugins() -> Registry[Any]:
    """The names of the findings that entry points bring, beside the built-in ones."""
    return Registry("finding", _built_in(), _problem, field="code")


def register_plugins() -> list[str]:
    """Register what entry points bring; why some cannot be used, a sentence each."""
    problems = []
    for plugin in plugins().plugins():
        if plugin.problem:
            problems.append(f"{plugin.name} of {plugin.package}: {plugin.problem}")
        elif plugin.name not in _registered:
            found = plugins().find(plugin.name)
            register(found.entry(plugin.name), found.probe)
    return problems


def _problem(found: object) -> str:
    """Why an object cannot be a finding; empty where it can."""
    if not isinstance(found, FindingPlugin):
        return f"a {type(found).__name__} is no echospan.doctor.FindingPlugin"
    try:
        found.entry("code")
    except (EchospanError, OSError) as error:
        return f"its TOML cannot be used: {error}"
    return ""


def entry(code: str) -> Entry:
    """The entry of one code.

    Raises:
        ConfigError: There is no such code.
    """
    if code in _built_in():
        return _built_in()[code]
    if code in _registered:
        return _registered[code][0]
    if code not in plugins().names():
        raise unknown("code", [*catalogue(), *plugins().names()[len(_built_in()) :]], code)
    found = plugins().find(code)
    register(found.entry(code), found.probe)
    return _registered[code][0]
