"""Studies: numbers from elsewhere, measured again with echospan.

Each number is a `Row`: what it is, its reference, how near ours must come, and the function that
measures it. References stand in `references.toml`, each with its source. A new number is an entry
there and a row in one of the tables of `ROWS`.
"""

from studies.kept import Kept
from studies.measured import Measured
from studies.row import Outcome, Row
from studies.run import measure_rows, rows
from studies.work import Interrupted, Work

__all__ = ["Interrupted", "Kept", "Measured", "Outcome", "Row", "Work", "measure_rows", "rows"]
