"""Coverage: how often the project's 95 % intervals contain the truth, on data of known accuracy.

`python -m studies.coverage` draws the data many times and scores it with the project's own code.
"""

from studies.coverage.cell import Cell, Found, measure
from studies.coverage.claims import CLAIMS
from studies.coverage.seeds import SEEDS
from studies.coverage.sequences import SEQUENCES
from studies.coverage.series import SERIES

PARTS: dict[str, tuple[Cell, ...]] = {
    "`run csv`: the held-out steps of one series": SERIES,
    "A run on new sequences": SEQUENCES,
    "Several seeds": SEEDS,
    "Differences that are claimed where there is none": CLAIMS,
}
"""What is measured, by heading."""

__all__ = ["PARTS", "Cell", "Found", "measure"]
