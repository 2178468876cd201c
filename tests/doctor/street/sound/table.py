"""All sound set-ups, with the losses that were measured when each was trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from doctor.street.sound.case import CASES, SoundCase

KINDS = (
    "keras_forecasts",
    "keras_series",
    "keras_texts",
    "keras_tags",
    "keras_generation",
    "keras_reconstruction",
    "keras_signals",
    "keras_tables",
    "keras_cells",
    "keras_states",
    "torch_forecasts",
    "torch_recurrent",
    "torch_attention",
    "torch_transformers",
    "torch_texts",
    "torch_loaders",
    "torch_generation",
    "torch_signals",
    "torch_losses",
    "torch_states",
)
TRAINED = Path(__file__).with_name("trained.tsv")
CLEARLY_BELOW = 0.8
"""A case learns if its last loss is below this share of the best constant answer's."""


@dataclass(frozen=True)
class Trained:
    """Losses over all samples of a case, as the model is used (evaluation mode).

    Attributes:
        first: Before training.
        last: After it.
        constant: Of the best answer that is the same for all samples and steps.
        date: When it was measured.
    """

    first: float
    last: float
    constant: float
    date: str

    @property
    def learns(self) -> bool:
        """Whether the loss fell clearly below the constant answer's."""
        return self.last < CLEARLY_BELOW * self.constant and self.last < self.first


def cases(only: Sequence[str] = ()) -> list[SoundCase]:
    """The cases of these names or kinds; all without any.

    Raises:
        ValueError: There is no case or kind of such a name.
    """
    for kind in KINDS:
        import_module(f"doctor.street.sound.{kind}")
    unknown = set(only) - {case.name for case in CASES} - set(KINDS)
    if unknown:
        raise ValueError(f"no sound set-up is called {', '.join(sorted(unknown))}")
    found = [case for case in CASES if not only or case.name in only or case.kind in only]
    return sorted(found, key=lambda case: KINDS.index(case.kind))


def trained() -> dict[str, Trained]:
    """What was measured, by the case's name."""
    if not TRAINED.exists():
        return {}
    rows = [line.split("\t") for line in TRAINED.read_text().splitlines()[1:]]
    return {
        name: Trained(float(first), float(last), float(constant), date)
        for name, first, last, constant, date in rows
    }


def record(found: dict[str, Trained]) -> None:
    """Write measurements beside those of other cases."""
    every = {**trained(), **found}
    lines = ["case\tfirst_loss\tlast_loss\tconstant_loss\tdate"]
    lines += [
        f"{name}\t{one.first:.4g}\t{one.last:.4g}\t{one.constant:.4g}\t{one.date}"
        for name, one in sorted(every.items())
    ]
    TRAINED.write_text("\n".join(lines) + "\n")
