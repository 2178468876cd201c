"""Compiled programs on disk: whole or not there, whoever writes, reads or dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from echospan.program_cache import ProgramCache, usable
from kinds import LINKS, SPECIAL, Outside, put, same


def test_what_is_put_is_got(tmp_path):
    cache = ProgramCache(tmp_path)
    assert cache.get("key") is None
    cache.put("key", b"program")
    assert ProgramCache(tmp_path).get("key") == b"program"
    cache.put("key", b"another")
    assert cache.get("key") == b"another"
    assert [file.name for file in tmp_path.iterdir()] == ["key.program"]


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:3], lambda b: b"", lambda b: b[:-1] + b"?"]
)
def test_a_damaged_entry_is_made_again(tmp_path, damage):
    cache = ProgramCache(tmp_path)
    cache.put("key", b"program")
    file = tmp_path / "key.program"
    file.write_bytes(damage(file.read_bytes()))
    assert cache.get("key") is None
    cache.put("key", b"program")
    assert cache.get("key") == b"program"


def test_a_full_disk_is_no_error(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache = ProgramCache(tmp_path)
    cache.put("key", b"program")
    assert list(tmp_path.iterdir()) == []
    ProgramCache(tmp_path / "missing").put("key", b"program")
    assert ProgramCache(tmp_path / "missing").get("key") is None


def test_a_killed_writer_leaves_nothing_half_done(tmp_path):
    code = """
import sys
from pathlib import Path
from echospan.program_cache import ProgramCache
cache, value = ProgramCache(Path(sys.argv[1])), bytes(20_000_000)
print("writing", flush=True)
while True:
    cache.put("key", value)
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    cache, seen = ProgramCache(tmp_path), 0
    deadline = time.monotonic() + 60
    while seen < 20 and time.monotonic() < deadline:
        if (value := cache.get("key")) is not None:
            assert len(value) == 20_000_000
            seen += 1
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert seen == 20
    assert cache.get("key") == bytes(20_000_000)


PROGRAM = """
import jax, jax.numpy as jnp
from echospan.backend import keras_on_jax
keras_on_jax()
events = []
jax.monitoring.register_event_listener(lambda event, **_: events.append(event.split("/")[-1]))
print(int(jax.jit(lambda x: (x * 3).sum())(jnp.arange(1000))))
print(events.count("cache_hits"), events.count("cache_misses"))
"""


def started(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**os.environ, "ECHOSPAN_CACHE": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def counted(process: subprocess.Popen[str]) -> tuple[int, int]:
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert errors == ""
    answer, counts = out.splitlines()
    assert int(answer) == 1498500
    hits, misses = counts.split()
    return int(hits), int(misses)


@pytest.mark.slow
def test_several_processes_share_one_folder(tmp_path):
    folder = tmp_path / "new" / "cache"
    for process in [started(folder) for _ in range(3)]:
        counted(process)
    hits, misses = counted(started(folder))
    assert misses == 0
    assert hits > 0
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:-7])
    hits, misses = counted(started(folder))
    assert hits == 0
    assert misses > 0


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert counted(started(occupied))[0] == 0
    assert occupied.read_text() == "not a folder"


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL, "folder"])
def test_an_entry_that_is_no_plain_file_is_left_alone(tmp_path, kind):
    outside = Outside(tmp_path / "photos")
    folder = tmp_path / "cache"
    folder.mkdir()
    whole = tmp_path / "whole"
    whole.mkdir()
    ProgramCache(whole).put("key", b"program")
    put(kind, folder / "key.program", whole / "key.program")
    put(kind, folder / "other.program", outside.path / "a.jpg")
    cache = ProgramCache(folder)
    for key in ("key", "other"):
        assert cache.get(key) is None
        cache.put(key, b"another")
        assert same(kind, folder / f"{key}.program")
    assert len(list(folder.iterdir())) == 2
    assert ProgramCache(whole).get("key") == b"program"
    outside.check()


@pytest.mark.parametrize("kind", [*LINKS, *SPECIAL])
def test_a_folder_that_is_a_link_is_not_used(tmp_path, kind):
    outside = Outside(tmp_path / "photos")
    (outside.path / "key.program").write_bytes(b"no checksum")
    before = outside.seen()
    put(kind, tmp_path / "cache", outside.path)
    cache = ProgramCache(tmp_path / "cache")
    assert not usable(tmp_path / "cache")
    assert cache.get("key") is None
    cache.put("another", b"program")
    assert outside.seen() == before
    assert not (tmp_path / "nothing-there").exists()


def test_the_way_to_the_folder_may_be_a_link(tmp_path):
    (tmp_path / "disk" / "cache").mkdir(parents=True)
    (tmp_path / "home").symlink_to("disk")
    cache = ProgramCache(tmp_path / "home" / "cache")
    cache.put("key", b"program")
    assert cache.get("key") == b"program"


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator gives files away")
def test_what_belongs_to_another_user_is_not_used(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    cache = ProgramCache(folder)
    cache.put("key", b"program")
    os.chown(folder / "key.program", 12345, 12345)
    assert cache.get("key") is None
    os.chown(folder / "key.program", 0, 0)
    assert cache.get("key") == b"program"
    os.chown(folder, 12345, 12345)
    assert not usable(folder)
    assert cache.get("key") is None
    cache.put("another", b"program")
    assert [each.name for each in folder.iterdir()] == ["key.program"]
