"""What limits a model: a code, a sentence, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Code = Literal[
    "solved",
    "limited-by-receptive-field",
    "limited-by-capacity",
    "limited-by-optimisation",
    "limited-by-length",
    "limited-by-fixed-dynamics",
    "gradient-vanishing",
    "gradient-truncated",
    "not-causal",
    "rows-mixed",
    "state-not-carried",
    "ignores-input",
    "diverged",
    "undecided",
]


@dataclass(frozen=True)
class Verdict:
    """What limits the model.

    Attributes:
        code: One word for programs.
        sentence: One or two sentences for people.
        evidence: The numbers that it rests on.
    """

    code: Code
    sentence: str
    evidence: dict[str, Any]
