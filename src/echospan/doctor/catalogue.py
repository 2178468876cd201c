"""The catalogue of findings: what each code means, an example that has it, and the cure.

One TOML file a code, in `codes/`. `echospan explain`, the catalogue page of the documentation and
part of the doctor's own test bench are made from these files.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from echospan.errors import unknown
from echospan.formats import read_toml
from echospan.spec import Spec

Backend = Literal["jax", "tensorflow", "torch"]

ORDER = (
    # The answer cannot reach the output.
    "state-row-mismatch",
    "lag-outside-window",
    "shuffled-state",
    "state-reset-often",
    "state-not-carried",
    "target-offset",
    "windows-scrambled",
    "rows-mixed",
    "output-constant",
    # It can, but nothing teaches the model to bring it there.
    "gradient-cut",
    "state-detached-inside",
    "state-graph-kept",
    # It runs otherwise than meant.
    "batch-size-mismatch",
    "padding-after-end",
    "padding-changes-output",
    "mask-never-matches",
    "mask-value-in-data",
    "gpu-mask-unsupported",
    "state-not-reset",
    "validation-disturbs-state",
    "lags-as-features",
    # The score does not mean what it seems to.
    "future-visible",
    "split-overlap",
    "copies-last-value",
    "no-signal",
    "target-in-input",
)
"""All codes, in the order in which a report names them."""

EVIDENCE = {
    "A": "arithmetic on the order of the samples",
    "F": "forward reach: an input is changed, the outputs are compared",
    "G": "gradient reach, by differentiation",
    "M": "two computations that must agree",
    "D": "a look at the data, value by value",
    "K": "the model's and the call's own settings",
    "S": "statistics: a heuristic",
}
"""The kinds of evidence by letter."""

PRELUDE = "import keras\nimport numpy as np\n\nimport echospan\n\nrng = np.random.default_rng(0)\n"
"""What stands before each example that uses Keras."""

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
    """How bad it is, unless the case at hand says otherwise."""
    evidence: list[str]
    """Letters of `EVIDENCE`."""
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


@cache
def catalogue() -> dict[str, Entry]:
    """All entries by code, in the order of `ORDER`."""
    folder = resources.files("echospan.doctor") / "codes"
    return {
        code: Entry(
            code=code, **read_toml((folder / f"{code}.toml").read_text("utf-8"), f"{code}.toml")
        )
        for code in ORDER
    }


def entry(code: str) -> Entry:
    """The entry of one code.

    Raises:
        ConfigError: There is no such code.
    """
    if code not in ORDER:
        raise unknown("code", ORDER, code)
    return catalogue()[code]
