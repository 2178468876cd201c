"""The framing doctor: why a model can't learn what it is asked to.

`check` looks at a model of any framework with its data, as `fit` would get them, and reports what
stands in the way. Importing this package imports neither Keras nor torch.
"""

from echospan.doctor.catalogue import FindingPlugin, catalogue
from echospan.doctor.examination import Examination
from echospan.doctor.explain import explain
from echospan.doctor.finding import find
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding, Lag, Needs, Severity

__all__ = [
    "CheckReport",
    "Examination",
    "Finding",
    "FindingPlugin",
    "Lag",
    "Needs",
    "Severity",
    "catalogue",
    "explain",
    "find",
]
