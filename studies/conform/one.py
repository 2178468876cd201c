"""`python -m studies.conform.one CLASS`: check one class and write what was found as JSON.

It runs in the environment whose transformers is checked.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def found_in(name: str) -> dict[str, Any]:
    """What `echospan.conform` says of a class, or why it can't say anything."""
    began = time.process_time()
    import transformers

    from echospan.conformance.conform import conform
    from echospan.errors import EchospanError
    from echospan.results.data import finite

    versions = {"transformers": transformers.__version__}
    row: dict[str, Any] = {"name": name, "versions": versions}
    if not hasattr(transformers, name):
        return row | {"verdict": "absent", "reason": "This version has no such class."}
    try:
        report = conform(f"hf:{name}")
    except EchospanError as error:
        return row | {"verdict": "error", "reason": str(error)}
    found: dict[str, Any] = finite(report.to_dict())
    return row | found | {"name": name, "cpu_seconds": time.process_time() - began}


if __name__ == "__main__":
    json.dump(found_in(sys.argv[1]), sys.stdout)
