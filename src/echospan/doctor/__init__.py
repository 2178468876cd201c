"""The framing doctor: find what would prevent a model from learning.

`check` examines a model of any framework together with its data, as `fit` would get them. Importing
this package imports neither Keras nor torch.
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
