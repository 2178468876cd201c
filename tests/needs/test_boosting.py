"""Boosted trees, and what they need of the system."""

import builtins

import pytest

from echospan.errors import EchospanError
from echospan.lookback.boosting import Boosting

pytest.importorskip("lightgbm")


def test_a_missing_library_of_the_system_is_named(monkeypatch):
    imported = builtins.__import__

    def without_openmp(name, *rest):
        if name == "lightgbm":
            raise OSError("libgomp.so.1: cannot open shared object file")
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_openmp)
    with pytest.raises(EchospanError, match=r"libgomp\.so\.1.*apt install libgomp1"):
        Boosting(anchor=False, seed=0)
