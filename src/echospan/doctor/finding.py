"""What the doctor says: one finding, and the report of all of them.

How a probe yields findings. A probe is a plain function that looks at one thing and returns a list
of `Finding`s, empty where all is well::

    def padding(question: Question) -> list[Finding]: ...

It makes them with `find`, which takes the code's usual severity from the catalogue, so that only
what differs is said. `evidence` holds plain values (they go into JSON): rows, steps, numbers, and
`exact`, whether the finding is proved or a heuristic. `verdict.in_order` sorts what all probes
found. Probes that need no framework (arithmetic, order, data) know nothing of Keras or torch; both
front ends call the same ones.
"""

from __future__ import annotations

from typing import Any

from echospan.doctor.catalogue import entry
from echospan.results.check_report import Finding, Severity


def find(
    code: str,
    message: str,
    *,
    remedy: str,
    severity: Severity | None = None,
    exact: bool = True,
    **evidence: Any,
) -> Finding:
    """A finding with the severity that the catalogue gives its code, unless another is named.

    Raises:
        ConfigError: The catalogue has no such code.
    """
    return Finding(
        code=code,
        severity=severity or entry(code).severity,
        message=message,
        evidence={"exact": exact, **evidence},
        remedy=remedy,
    )
