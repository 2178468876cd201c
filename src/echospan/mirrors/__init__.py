"""Mirrors: a run's progress, shown where people look already, beside what is stored here.

The store stays the one record of a run. A mirror gets a copy, in a thread of its own, and whatever
goes wrong with it, a missing package included, costs one line and nothing else.
"""

from __future__ import annotations

from echospan.mirrors.libraries import LIBRARIES
from echospan.mirrors.observer import Mirrored, Warns, mirroring

__all__ = ["LIBRARIES", "Mirrored", "Warns", "mirroring"]
