"""How much a server takes on: the options of `echospan serve`, and a rate for each address."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, fields

from echospan.errors import ConfigError
from echospan.limits.sizes import MIB
from echospan.server.errors import Refused


@dataclass(frozen=True)
class Limits:
    """How much a server takes on.

    Attributes:
        body: Bytes of a request's body.
        sessions: Sessions that are open at once, of all runs.
        saved: Sessions of a run that are kept on disk.
        idle: Seconds without a request after which a session is dropped.
        rate: Requests a second from one address, on average; as many at once.
        waiting: Values that wait for a model.
        values: Values in one request.
        connections: Connections that are open at once.
        patience: Seconds that a client has to send a request.

    Raises:
        ConfigError: A limit is no positive number.
    """

    body: int = MIB
    sessions: int = 10_000
    saved: int = 10_000
    idle: float = 900.0
    rate: float = 10_000.0
    waiting: int = 4_000
    values: int = 10_000
    connections: int = 1_000
    patience: float = 10.0

    def __post_init__(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            whole = field.type == "int"
            kinds = (int,) if whole else (int, float)
            wrong = isinstance(given, bool) or not isinstance(given, kinds)
            if wrong or not math.isfinite(given) or given <= 0 or given > _MOST:
                allowed = f"a{' whole' if whole else ''} number above 0 and at most {_MOST:,}"
                raise ConfigError(field.name, allowed, given)


_MOST = 10**12


class Rate:
    """A bucket of requests for each address, filled at a steady rate.

    Args:
        a_second: Requests a second; the bucket holds one second's worth, at least one.
    """

    MOST_ADDRESSES = 10_000

    def __init__(self, a_second: float) -> None:
        self._rate, self._size = a_second, max(a_second, 1.0)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request.

        Raises:
            Refused: The bucket is empty.
        """
        now = time.monotonic()
        left, then = self._buckets.pop(address, (self._size, now))
        left = min(self._size, left + (now - then) * self._rate)
        allowed = left >= 1.0
        self._buckets[address] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > self.MOST_ADDRESSES:
            # The address that was silent longest; a full bucket is what it would have again soon.
            self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, math.ceil((1.0 - left) / self._rate))
            raise Refused(
                429,
                "too-many-requests",
                f"More than {self._rate:,.0f} requests a second came from this address.",
                retry_after=min(wait, 3600),
            )
