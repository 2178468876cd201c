"""The system's refusals: one line, the right exit code, and nothing that was measured is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, ulimit and /proc"),
]

USER = """
def f():
    import numpy as np, torch
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return dict(model=torch.nn.Linear(3, 1), x=x, y=x[:, :1], batch_size=8)
"""
TINY = "--symbols 5 --length 8 --units 4 --epochs 3 --set training.sequences=4 --batch-size 4"
SPAN = "span lstm --units 4 --budget 1s --lags 1 --seeds 1 --updates 10"
ECHOSPAN = f"{sys.executable} -m echospan"


def shell(folder: Path, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `echospan` is the program."""
    (folder / "user.py").write_text(USER)
    places = {"TMPDIR": str(folder), "ECHOSPAN_STORE": str(folder / "runs")}
    return subprocess.run(
        ["bash", "-c", line.replace("echospan ", f"{ECHOSPAN} ")],
        cwd=folder,
        env={**os.environ, **places, **variables},
        capture_output=True,
        text=True,
        # A hang; a machine that is busy takes its time.
        timeout=900,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *parts: str, code: int = 2) -> None:
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.stderr.splitlines()[-1] == line
    for part in parts:
        assert part in line


CHEAP = ("list", "--version", "--help", "explain target-in-input", "list tasks", "runs list")


@pytest.mark.parametrize("command", [*CHEAP, "list --json"])
def test_a_full_standard_output(tmp_path, command):
    assert_one_line(shell(tmp_path, f"echospan {command} > /dev/full"), "No space left")


@pytest.mark.parametrize("command", ["check user.py:f", f"{SPAN} --json", "check user.py:f --json"])
def test_what_a_full_standard_output_does_not_take_is_kept(tmp_path, command):
    done = shell(tmp_path, f"echospan {command} > /dev/full")
    assert_one_line(done, "No space left")
    (path,) = re.findall(r"/\S+\.txt", done.stderr)
    text = Path(path).read_text()
    assert "No problem found" in text or '"verdict"' in text or '"ok"' in text


@pytest.mark.parametrize("command", ["list", "check user.py:f", f"run stream {TINY}"])
def test_a_closed_standard_output_is_told_before_the_work(tmp_path, command):
    assert_one_line(shell(tmp_path, f"echospan {command} >&-"), "closed")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["list", "check user.py:f"])
def test_closed_standard_error_and_input(tmp_path, command):
    usual = shell(tmp_path, f"echospan {command}")
    for closed in ("2>/dev/full", "<&- 2>&-"):
        done = shell(tmp_path, f"echospan {command} {closed}")
        assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)
    assert shell(tmp_path, f"echospan {command} <&- >&- 2>&-").returncode == 2


@pytest.mark.parametrize("command", ["list", "check user.py:f", "explain target-in-input"])
def test_a_reader_that_ends_early(tmp_path, command):
    done = shell(tmp_path, f"set -o pipefail; echospan {command} | true")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["predict latest:stream", "stream latest:stream"])
def test_reading_from_a_closed_standard_input(tmp_path, trained, command):
    done = shell(tmp_path, f"echospan {command} <&-", ECHOSPAN_STORE=str(trained))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["runs list", "doctor-env"])
@pytest.mark.parametrize("home", ["unset HOME", "HOME=/proc/none", "HOME=/dev/null"])
def test_no_home(tmp_path, home, command):
    line = f"unset ECHOSPAN_CACHE XDG_CACHE_HOME; export HOME; {home}; echospan {command}"
    done = shell(tmp_path, line)
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kilobytes", [60_000, 150_000, 1_500_000])
@pytest.mark.parametrize("command", ["check user.py:f", f"run stream {TINY}", "list"])
def test_little_memory(tmp_path, kilobytes, command):
    done = shell(tmp_path, f"ulimit -v {kilobytes}; exec echospan {command}")
    allowed = {0, 2}
    if "OpenBLAS" in done.stderr:
        # It answers a thread that can't be started with a Ctrl-C of its own, and ends the process
        # with 1 where it gets no memory. What gives verdicts is supervised, and never gives that 1.
        allowed |= {130} if command != "list" else {130, 1}
    assert done.returncode in allowed, done
    assert "Traceback" not in done.stderr
    if done.returncode == 2:
        assert [line for line in done.stderr.splitlines() if line.startswith("error: ")]


@pytest.mark.parametrize("number", [6, 12])
@pytest.mark.parametrize("command", ["check user.py:f", f"run stream {TINY} --json"])
def test_few_open_files(tmp_path, number, command):
    done = shell(tmp_path, f"ulimit -n {number}; exec echospan {command}")
    assert "Traceback" not in done.stderr, done
    assert done.returncode in (0, 2), done


@pytest.mark.parametrize("blocks", [0, 16])
def test_files_that_may_not_grow(tmp_path, blocks):
    done = shell(tmp_path, f"(ulimit -f {blocks}; exec echospan run stream {TINY} --json)")
    if done.returncode:
        assert_one_line(done)
    done = shell(tmp_path, f"(ulimit -f {blocks}; exec echospan {SPAN} -o x.html)")
    if done.returncode:
        assert_one_line(done, "x.html", "too large")
        assert "verdict" in done.stdout
    assert (done.returncode == 0) is (tmp_path / "x.html").exists()


def test_verify_keeps_what_it_measured(tmp_path):
    root = Path(__file__).parents[2]
    line = f"cd {root}; {sys.executable} -m studies.verify --only capacity-bound --json > /dev/full"
    done = shell(tmp_path, line, ECHOSPAN_CACHE=str(tmp_path / "cache"))
    assert_one_line(done, "No space left")
    (path,) = re.findall(r"/\S+\.txt", done.stderr)
    assert '"capacity-bound"' in Path(path).read_text()
    # Where the cache can't be written, the table is shown all the same.
    (tmp_path / "file").write_text("")
    line = f"cd {root}; {sys.executable} -m studies.verify --only capacity-bound"
    done = shell(tmp_path, line, ECHOSPAN_CACHE=str(tmp_path / "file" / "cache"))
    assert done.returncode == 0
    assert "1 of 1" in done.stdout or "capacity" in done.stdout
    assert "can't be written" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    tmp_path.chmod(0o555)
    assert_one_line(shell(tmp_path, f"echospan run stream {TINY}"))
