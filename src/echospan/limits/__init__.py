"""How much echospan takes on without being told to: sizes of files, memory, counts, time.

Every limit has a name in `limits.sizes`. ``--yes`` on the command line, or ``yes=True`` in Python,
lifts those that a sound but large job could meet.
"""

from echospan.limits.consent import (
    asks_consent,
    given_consent,
    lifted,
    require_at_most,
    require_seconds,
)
from echospan.limits.memory import available_memory, require_memory, shown_bytes

__all__ = [
    "asks_consent",
    "available_memory",
    "given_consent",
    "lifted",
    "require_at_most",
    "require_memory",
    "require_seconds",
    "shown_bytes",
]
