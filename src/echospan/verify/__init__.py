"""Verify: numbers from elsewhere, measured again with this package.

Each number is a `Row`: what it is, its reference, how near ours must come, and the function that
measures it. References stand in `references.toml`, each with its source. A new number is an entry
there and a row in one of the tables of `ROWS`.
"""

from echospan.verify.kept import Kept
from echospan.verify.measured import Measured
from echospan.verify.row import Outcome, Row
from echospan.verify.run import rows, verify
from echospan.verify.work import Interrupted, Work

__all__ = ["Interrupted", "Kept", "Measured", "Outcome", "Row", "Work", "rows", "verify"]
