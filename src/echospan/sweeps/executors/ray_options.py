"""The table ``[executor.ray]``: which cluster, and what a task takes of it."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from echospan.errors import ConfigError, EchospanError, unknown

FIELD = "executor.ray"

CONNECT_SECONDS = 5.0

START = "Start one with `ray start --head --port=6379`"

HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a client of HTTP/2, on which Ray's servers speak, sends first, with no settings."""

SETTINGS_FRAME = 4


@dataclass(frozen=True)
class RayOptions:
    """Which cluster, and what each task takes.

    Attributes:
        address: "HOST:PORT" of the head; left out, that of the variable RAY_ADDRESS.
        cpus_per_task: Cores; a task computes in as many threads.
        gpus_per_task: GPUs; 0.25 puts four tasks on one.
        resources: Resources of your own by name, such as ``{"bigmem": 1}``.
        retries: How often Ray itself does a task again whose worker or node died, before the sweep
            hands in what is missing.
    """

    address: str
    cpus_per_task: float = 1
    gpus_per_task: float = 0
    resources: Mapping[str, float] = field(default_factory=dict)
    retries: int = 0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> RayOptions:
        """From the sweep's file or the command line, where all values are text.

        Raises:
            ConfigError: A name or a value that there isn't, or no address at all.
        """
        known = [each.name for each in fields(cls)]
        for name in options:
            if name not in known:
                raise unknown(f"an option of {FIELD}", known, name)
        address = options.get("address") or os.environ.get("RAY_ADDRESS")
        if address is None:
            raise ConfigError(
                f"{FIELD}.address", "given", None, f"{START}, then --address HOST:6379"
            )
        split_address(address)
        amounts = {
            name: _amount(name, options[name])
            for name in ("cpus_per_task", "gpus_per_task")
            if name in options
        }
        given = options.get("resources", {})
        if not isinstance(given, Mapping):
            raise ConfigError(f"{FIELD}.resources", "a table of names and numbers", given)
        own = {str(name): _amount(f"resources.{name}", amount) for name, amount in given.items()}
        retries = _amount("retries", options.get("retries", 0))
        if retries != int(retries) or retries > 100:
            raise ConfigError(f"{FIELD}.retries", "an integer from 0 to 100", options["retries"])
        made = cls(address=str(address), resources=own, retries=int(retries), **amounts)
        if made.cpus_per_task == made.gpus_per_task == 0 and not own:
            # Ray would start all at once.
            raise ConfigError(f"{FIELD}.cpus_per_task", "above 0 where no GPU is asked for", 0)
        return made


def _amount(name: str, given: object) -> float:
    allowed = "a number of at least 0, and a whole one above 1"
    try:
        value = math.nan if isinstance(given, bool) else float(str(given))
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e6 or (value > 1 and value != int(value)):
        raise ConfigError(f"{FIELD}.{name}", allowed, given)
    return value


def split_address(address: object) -> tuple[str, int]:
    """Host and port.

    Raises:
        ConfigError: It is not of that form.
    """
    host, _, port = str(address).strip("[]").rpartition(":")
    host = host.strip("[]")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
        hint = "The driver of a sweep runs on a machine of the cluster; ray:// is not for that."
        raise ConfigError(f"{FIELD}.address", "HOST:PORT of a Ray's head", address, hint)
    return host, int(port)


def require_ray_at(address: str) -> None:
    """Refuse to go on where nothing like a Ray answers. Ray itself is not imported.

    Raises:
        EchospanError: What to start.
    """
    host, port = split_address(address)
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
            connection.settimeout(CONNECT_SECONDS)
            connection.sendall(HELLO)
            answer = connection.recv(9)
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise EchospanError(
            f"No Ray at {address} ({why}). {START}, or name another one with --address HOST:PORT."
        ) from error
    if len(answer) < 4 or answer[3] != SETTINGS_FRAME:
        raise EchospanError(
            f"What answers at {address} is no Ray. {START}, or name another one with --address."
        )
