"""Whatever the user's code does to its process: one line and exit code 2, or a complete report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from echospan.cli.frames import DONE, OUTPUT, Broken, ending, received
from echospan.cli.supervise import runs_user_code

SOUND = """
import atexit, ctypes, os, signal, sys, threading
import numpy as np

def sound():
    import torch
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return dict(model=torch.nn.Linear(3, 1), x=x, y=x[:, :1], batch_size=8)

class Own(BaseException):
    pass

class Mute(Exception):
    def __str__(self):
        raise ValueError("no text")

class Leaving(Exception):
    def __str__(self):
        sys.exit(0)

def f():
"""

OWN = "class Own(BaseException): pass\n"

ENDS = {
    "sys.exit()": "sys.exit()",
    "sys.exit(0)": "sys.exit(0)",
    "sys.exit(1)": "sys.exit(1)",
    "sys.exit(False)": "sys.exit(False)",
    "sys.exit of a text": "sys.exit('message')",
    "exit(0)": "exit(0)",
    "os._exit(0)": "os._exit(0)",
    "os._exit(1)": "os._exit(1)",
    "os._exit(130)": "os._exit(130)",
    "raise SystemExit": "raise SystemExit",
    "typer's exit": "import typer; raise typer.Exit(0)",
    "typer's abort": "import typer; raise typer.Abort",
    "a BaseException": "raise Own('own')",
    "GeneratorExit": "raise GeneratorExit",
    "an error without a text": "raise Mute",
    "an error whose text leaves": "raise Leaving",
    "EOFError": "raise EOFError",
    "BrokenPipeError": "raise BrokenPipeError(32, 'Broken pipe')",
    "MemoryError": "raise MemoryError",
    "RecursionError": "return f()",
    "segfault": "ctypes.string_at(0)",
    "abort": "os.abort()",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGPIPE": "signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), 13)",
    "an exit from a thread": "threading.Thread(target=os._exit, args=(0,)).start(); "
    "threading.Event().wait()",
    "an exit of a forked process": "os.fork() or os._exit(0); os.wait(); os._exit(0)",
    "only a forked process goes on": "os.fork() and os._exit(0); return sound()",
    "all descriptors closed": "os.closerange(0, 4096); return sound()",
    "all descriptors replaced": "n = os.open(os.devnull, os.O_RDWR); "
    "[os.dup2(n, k) for k in range(4096) if k != n]; return sound()",
    "only what is high closed": "os.closerange(3, 4096); return sound()",
    "an exit when Python ends": "atexit.register(os._exit, 1); return sound()",
    "a kill when Python ends": "atexit.register(os.kill, os.getpid(), 9); return sound()",
}
"""What a function does, by a name. None of them gives a report that is complete, or ends well."""

SLOW = {
    "an exit from the model": "import torch; "
    "m = type('M', (torch.nn.Linear,), {'forward': lambda s, x: sys.exit(0)})(3, 1); "
    "return dict(sound(), model=m)",
    "os._exit in the model": "import torch; "
    "m = type('M', (torch.nn.Linear,), {'forward': lambda s, x: os._exit(0)})(3, 1); "
    "return dict(sound(), model=m)",
    "a hook at every exit": "sys.exit = lambda *a: os._exit(0); sys.exit()",
    "standard output closed as an object": "sys.stdout.close(); sys.__stdout__.close(); sys.exit()",
    "a new program": "os.execv('/bin/true', ['true'])",
}
"""More of them, also for the slow suite only."""

GOES_ON = {
    "prints": "print('to the user'); return sound()",
    "writes to descriptor 1": "os.write(1, b'to the user\\n'); return sound()",
    "starts a program that prints": "os.system('echo to the user'); return sound()",
    "closes descriptor 1": "os.close(1); print('to the user', file=sys.stderr); return sound()",
    "prints at the end": "atexit.register(print, 'to the user'); return sound()",
    "leaves a thread that never ends": "print('to the user'); "
    "threading.Thread(target=threading.Event().wait).start(); return sound()",
    "leaves a forked process": "print('to the user'); sys.stdout.flush(); "
    "os.fork() or (__import__('time').sleep(3), os._exit(0)); return sound()",
    "exits in a forked process": "print('to the user'); sys.stdout.flush(); "
    "os.fork() or os._exit(0); return sound()",
    "changes its folder": "print('to the user'); os.chdir('/'); return sound()",
}
"""What a function may do and still be checked. All of them print a line."""


def echospan(*arguments: object, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "echospan", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        **more,  # type: ignore[arg-type]
    )


def write(folder: Path, does: str) -> None:
    (folder / "user.py").write_text(SOUND + textwrap.indent(does + "\n", "    "), "utf-8")


def assert_bad_end(folder: Path, does: str, *command: str) -> str:
    write(folder, does)
    done = echospan(*command, cwd=folder)
    lines = done.stderr.splitlines()
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert len([line for line in lines if line.startswith("error: ")]) == 1, lines
    assert lines[-1].startswith("error: ")
    return done.stdout


QUICK = ("os._exit(0)",)


@pytest.mark.parametrize("name", QUICK)
def test_a_bad_end_is_one_line(tmp_path, name):
    assert assert_bad_end(tmp_path, ENDS[name], "check", "user.py:f") == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in {**ENDS, **SLOW} if name not in QUICK])
def test_every_bad_end_is_one_line(tmp_path, name):
    out = assert_bad_end(tmp_path, {**ENDS, **SLOW}[name], "check", "user.py:f")
    # A report that was complete before the bad end is not withheld.
    assert out.startswith("No problem found") if "when Python ends" in name else out == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sys.exit(0)", "os._exit(0)", "segfault", "a BaseException"])
@pytest.mark.parametrize("verb", ["span", "compare"])
def test_a_model_that_ends_the_process(tmp_path, verb, name):
    more = ("lstm",) if verb == "compare" else ()
    write(tmp_path, "pass")
    does = ENDS[name].replace("return", "")
    with (tmp_path / "user.py").open("a") as file:
        file.write(f"\ndef model(symbols):\n    {does}\n")
    done = echospan(verb, "user.py:model", *more, "--budget", "1s", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sys.exit(0)", "os._exit(0)", "a BaseException"])
@pytest.mark.parametrize("verb", ["run", "show"])
def test_a_task_that_ends_the_process_when_it_is_imported(tmp_path, verb, name):
    (tmp_path / "own.py").write_text(SOUND.partition("def sound")[0] + OWN + ENDS[name], "utf-8")
    done = echospan(verb, "stream", "--set", "task.kind=own:Task", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")


@pytest.mark.skipif(find_spec("torch") is None, reason="no torch")
@pytest.mark.parametrize("name", ["writes to descriptor 1"])
def test_prints_go_to_standard_error(tmp_path, name):
    assert_goes_on(tmp_path, GOES_ON[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", GOES_ON)
def test_everything_printed_goes_to_standard_error(tmp_path, name):
    assert_goes_on(tmp_path, GOES_ON[name])


def assert_goes_on(folder: Path, does: str) -> None:
    write(folder, does)
    done = echospan("check", "user.py:f", "--json", cwd=folder)
    assert done.returncode == 0, done
    assert done.stderr == "to the user\n"
    assert json.loads(done.stdout)["ok"] is True


@pytest.mark.slow
def test_the_verdict_is_the_exit_code(tmp_path):
    wrong = "import torch; d = sound(); d['y'] = d['y'] + 10; "
    wrong += "d['model'] = torch.nn.Sequential(d['model'], torch.nn.Sigmoid()); "
    wrong += "d['loss'] = torch.nn.BCELoss(); "
    write(tmp_path, wrong + "return d")
    done = echospan("check", "user.py:f", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (1, False)
    # With code 1 handed over, another end is not an error that was found.
    write(tmp_path, wrong + "atexit.register(os._exit, 0); return d")
    assert echospan("check", "user.py:f", cwd=tmp_path).returncode == 2


@pytest.mark.slow
def test_the_report_is_as_wide_as_its_terminal(tmp_path):
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    write(tmp_path, "return sound()")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 47, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    environment |= {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", "check", "user.py:f"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=subprocess.PIPE,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        shown += part
        if not part:
            break
    assert process.communicate(timeout=60) == (None, b"")
    assert process.returncode == 0
    assert b"\x1b[1m" in shown
    plain = shown.decode().replace("\r", "")
    lines = [__import__("re").sub("\x1b\\[[0-9;]*m", "", line) for line in plain.split("\n")]
    # Lines of code to type are not folded; sentences are.
    assert 30 < len(lines[0]) <= 47 < len(" ".join(lines[:3]))


WAITS = "open('ready', 'w').close(); import time; time.sleep(60)"


def started(folder: Path, does: str) -> subprocess.Popen[str]:
    write(folder, does)
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", "check", "user.py:f"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (folder / "ready").exists() and time.monotonic() < until:
        time.sleep(0.02)
    return process


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "to_all", "code"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 130),
        (signal.SIGTERM, False, 143),
        (signal.SIGTERM, True, 143),
    ],
)
def test_signals_are_passed_on(tmp_path, number, to_all, code):
    process = started(tmp_path, WAITS)
    (os.killpg if to_all else os.kill)(process.pid, number)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out, errors) == (code, "", "Stopped.\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_killed_command_leaves_no_process_behind(tmp_path):
    process = started(tmp_path, "open('pid', 'w').write(str(os.getpid())); " + WAITS)
    working = int((tmp_path / "pid").read_text())
    assert working != process.pid
    process.kill()
    process.communicate()
    until = time.monotonic() + 10
    while alive(working) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(working)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in status


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["check", "f.py:f"], True),
        (["check", "--help"], False),
        (["check", "f.py:f", "--figure", "--help"], True),
        (["conform", "f.py:f"], True),
        (["diagnose", "f.py:f"], True),
        (["uses", "f.py:f"], True),
        (["list"], False),
        (["list", "--json"], True),
        (["list", "tasks"], True),
        (["--help"], False),
        (["runs", "list"], False),
        (["runs", "export", "latest", "x.keras"], True),
        (["data", "x.csv"], False),
        (["tour"], False),
    ],
)
def test_only_what_may_run_user_code_is_watched(given, expected):
    assert runs_user_code(given) is expected


def test_the_waiting_process_imports_little(tmp_path):
    code = (
        "import sys; from echospan.cli import main, supervise; "
        "supervise.supervise = lambda *a, **k: 0\n"
        "try: main(['check', 'f.py:f'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'typer', 'rich', 'numpy', 'pydantic', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def frame(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "big") + content


def test_frames_that_are_cut_off_or_foreign_are_no_report():
    import io

    whole = frame(OUTPUT, b"text") + frame(DONE, (0).to_bytes(4, "big") + (4).to_bytes(8, "big"))
    kinds = [kind for kind, _ in received(io.BytesIO(whole))]
    assert kinds == [OUTPUT, DONE]
    for cut in range(1, len(whole)):
        seen = []
        try:
            for kind, content in received(io.BytesIO(whole[:cut])):
                seen.append((kind, content))
        except Broken:
            pass
        assert DONE not in [kind for kind, _ in seen]
    for foreign in (b"hello", frame(b"?", b""), b"\x00" * 40, b"o\xff\xff\xff\xff"):
        with pytest.raises(Broken):
            list(received(io.BytesIO(foreign)))
    with pytest.raises(Broken):
        ending(b"short")
