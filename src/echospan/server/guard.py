"""Who may ask: the host that was called, the page that calls, a token, a rate.

A page of the web can make the user's browser send requests to 127.0.0.1. It can't hide its own
address (Origin, Sec-Fetch-Site), and a name that it points to 127.0.0.1 stands in Host.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable, Mapping

from echospan.errors import ConfigError
from echospan.server.errors import Refused
from echospan.server.limits import Rate

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
SHORTEST_TOKEN = 16


class Guard:
    """Checks a request's headers before anything else is read.

    Args:
        token: What clients must send as ``Authorization: Bearer TOKEN``; empty: nothing.
        hosts: Names that clients may call the server by, beside addresses of this machine's
            loopback.
        rate: Requests a second from one address.
    """

    def __init__(self, token: str, hosts: Iterable[str], rate: float) -> None:
        self._token = token.encode()
        self._hosts = {*LOOPBACK_NAMES, *(host.lower().strip("[]") for host in hosts)}
        self._any_address = not all(is_loopback(host) for host in hosts)
        self._rate = Rate(rate)

    def check(self, headers: Mapping[str, str], address: str) -> None:
        """Refuse a request to another host, of another page, or too many.

        Raises:
            Refused: 403 or 429.
        """
        self._rate.take(address)
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise Refused(
                403,
                "other-host",
                "The header Host names no host of this server. --allow-host NAME lets a name in.",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise Refused(403, "cross-site", "Requests of pages of other sites are refused.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise Refused(403, "cross-site", "Requests of pages of other sites are refused.")

    def authorise(self, headers: Mapping[str, str]) -> None:
        """Refuse a request without the token.

        Raises:
            Refused: 401.
        """
        if not self._token:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # The time that the comparison takes does not depend on where they differ.
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if not same or scheme.lower() != "bearer":
            raise Refused(
                401,
                "no-token",
                "The request needs the header Authorization: Bearer TOKEN.",
                headers=(("www-authenticate", "Bearer"),),
            )

    def _is_ours(self, host: str) -> bool:
        host = host.lower()
        name = host.rpartition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
        if name in self._hosts:
            return True
        # A name can be pointed anywhere; a page can't be loaded from an address that isn't its own.
        return self._any_address and _is_address(name)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host's name or address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_token(host: str, token: str) -> None:
    """Refuse to serve others without a token that can't be guessed.

    Raises:
        ConfigError: There is none, or it is too short or holds what no header may.
    """
    if token and not all(33 <= ord(character) <= 126 for character in token):
        raise ConfigError("token", "ASCII letters, digits and signs without spaces", "***")
    if is_loopback(host):
        return
    if not token:
        raise ConfigError(
            "token",
            f"given for an address that others reach ({host})",
            None,
            "Type --token TOKEN, or set the environment variable ECHOSPAN_TOKEN.",
        )
    if len(token) < SHORTEST_TOKEN:
        raise ConfigError(
            "token", f"at least {SHORTEST_TOKEN} characters", f"one of {len(token)} characters"
        )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
