from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from echospan.store import liveness
from echospan.store.liveness import Owner, is_alive, this_process

from .helpers import DEAD, python, said

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
WAIT = "import time; print('up', flush=True); time.sleep(60)"


def test_this_process_lives() -> None:
    assert is_alive(this_process())


@needs_proc
def test_another_process_lives_until_it_is_killed() -> None:
    with python(WAIT) as process:
        assert said(process) == "up"
        owner = Owner(
            this_process().host, process.pid, liveness._start_time(process.pid) or "missing"
        )
        assert is_alive(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        # Not yet waited for: a zombie, which still has its line in /proc.
        assert Path(f"/proc/{process.pid}/stat").exists()
        assert not is_alive(owner)
    assert not is_alive(owner)


@needs_proc
def test_a_reused_id_is_another_process() -> None:
    assert not is_alive(DEAD)


def test_a_process_on_another_machine_counts_as_alive() -> None:
    assert is_alive(Owner("another-machine", 1, ""))


def test_without_proc_the_id_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "_PROC", tmp_path)
    owner = this_process()
    assert owner.started == ""
    assert is_alive(owner)
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert not is_alive(Owner(owner.host, done.pid, ""))
    assert not is_alive(Owner(owner.host, 1 << 80, ""))
    assert not is_alive(Owner(owner.host, -1, ""))


@needs_proc
def test_a_command_with_spaces_and_parentheses_is_read_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = " ".join(["S", *map(str, range(4, 22)), "777", "0"])
    (tmp_path / "42").mkdir()
    (tmp_path / "42" / "stat").write_text(f"42 (a ) b) {fields}\n")
    monkeypatch.setattr(liveness, "_PROC", tmp_path)
    assert (liveness._start_time(42) or "").endswith(":777")
