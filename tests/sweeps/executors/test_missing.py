"""An executor whose library is not installed says what to install."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from echospan.errors import MissingExtra
from echospan.sweeps.executors import start
from echospan.sweeps.executors.base import Place


@pytest.mark.parametrize(
    ("name", "package", "options"),
    [("slurm", "submitit", {}), ("ray", "ray", {"address": "127.0.0.1:1"})],
)
def test_it_says_what_to_install(
    name: str,
    package: str,
    options: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        start(name, Place(tmp_path, None, options))
    assert str(caught.value).endswith(f"pip install 'echospan[{name}]'")
