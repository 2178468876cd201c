from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from echospan.store import liveness
from echospan.store.liveness import Owner, boot_of, is_here, lives, this_process

from .helpers import DEAD, python, said

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
WAIT = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def no_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system without /proc, such as macOS and Windows."""
    monkeypatch.setattr(liveness, "_PROC", tmp_path)
    for cached in (liveness._identity, liveness._boot_id):
        cached.cache_clear()
    yield
    for cached in (liveness._identity, liveness._boot_id):
        cached.cache_clear()


def test_this_process_lives_here() -> None:
    assert is_here(this_process())
    assert lives(this_process())


def owner_of(pid: int) -> Owner:
    here = this_process()
    return Owner(here.host, pid, liveness._start_time(pid) or "missing", here.machine)


@pytest.mark.parametrize("proc", [pytest.param(True, marks=needs_proc), False])
def test_another_process_lives_until_it_is_killed(
    proc: bool, request: pytest.FixtureRequest
) -> None:
    if not proc:
        request.getfixturevalue("no_proc")
    with python(WAIT) as process:
        assert said(process) == "up"
        owner = owner_of(process.pid)
        assert lives(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        # Not yet waited for: a zombie, which the system still knows.
        assert not lives(owner)
    assert not lives(owner)


@needs_proc
def test_a_reused_id_is_another_process() -> None:
    assert not lives(DEAD)


def test_without_proc_psutil_tells(no_proc: None) -> None:
    owner = this_process()
    assert owner.started.startswith(":")
    assert boot_of(owner.machine) == ""
    assert lives(owner)
    assert not lives(Owner(owner.host, owner.pid, ":12.34", owner.machine))
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    for pid in (done.pid, 1 << 80, -1):
        assert not lives(Owner(owner.host, pid, "", owner.machine))
        assert not lives(Owner(owner.host, pid, ":1", owner.machine))


def test_an_id_counts_only_where_it_was_given() -> None:
    here = this_process()
    assert not is_here(replace(here, host="another-machine"))
    # A container with the same name, and the same machine after it was started anew.
    assert not is_here(replace(here, machine=here.machine + "1"))
    assert not is_here(replace(here, machine="another-boot/pid:[1]"))
    # Of echospan up to 0.1 the name is all there is.
    assert is_here(replace(here, machine=""))


def test_another_name_of_the_machine_does_not_make_another_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = this_process()
    monkeypatch.setattr("socket.gethostname", lambda: "renamed")
    assert this_process() == before


@needs_proc
def test_a_command_with_spaces_and_parentheses_is_read_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = " ".join(["S", *map(str, range(4, 22)), "777", "0"])
    (tmp_path / "42").mkdir()
    (tmp_path / "42" / "stat").write_text(f"42 (a ) b) {fields}\n")
    monkeypatch.setattr(liveness, "_PROC", tmp_path)
    assert (liveness._start_time(42) or "").endswith(":777")
