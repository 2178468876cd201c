"""The framing doctor: why a model cannot learn what it is asked.

`check` looks at a Keras model with its data, as `fit` would get them, and reports what stands in
the way. Importing this package imports neither Keras nor torch.
"""

from echospan.doctor.catalogue import ORDER as CODES
from echospan.doctor.catalogue import catalogue
from echospan.doctor.explain import explain
from echospan.doctor.finding import Finding, Severity
from echospan.doctor.report import Lag, Needs, Report

__all__ = ["CODES", "Finding", "Lag", "Needs", "Report", "Severity", "catalogue", "explain"]
