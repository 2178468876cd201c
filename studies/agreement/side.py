"""`python -m studies.agreement.side`: measures sheets, a line of settings in and a line out."""

from __future__ import annotations

import json
import sys
from typing import Any

import echospan
from echospan.results.span_interval import span_interval


def measured(settings: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a sheet."""
    sheet = echospan.span(**settings)
    return {
        "span": sheet.span,
        "at_least": sheet.span_at_least,
        "status": sheet.span_status,
        "first_failed": sheet.first_failed,
        "interval": span_interval(sheet),
        "verdict": sheet.verdict_code,
        "updates": sheet.updates,
        "accuracies": {row.lag: row.accuracy for row in sheet.per_lag},
        "seeds": {row.lag: [seed.solved for seed in row.seeds] for row in sheet.per_lag},
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(measured(json.loads(line))), flush=True)
