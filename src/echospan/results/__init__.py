"""What the verbs find, as typed data: no drawing, no files, no framework.

`echospan.report.objects` has the same with the methods that show it: what `run`, `span`, `compare`
and `check` return.
"""

from echospan.results.check_report import CheckData, Finding, How, Lag, Needs, Severity
from echospan.results.comparison import ComparisonData, Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.results.run import RunData, Variant
from echospan.results.sheet import SheetData
from echospan.results.verdict import Verdict

__all__ = [
    "CheckData",
    "ComparisonData",
    "Difference",
    "Farther",
    "Finding",
    "How",
    "Lag",
    "LagRow",
    "Needs",
    "RunData",
    "Severity",
    "SheetData",
    "Variant",
    "Verdict",
]
