"""Measure what an installation takes: disk, and time from nothing to a first result.

Each row is a new environment, into which pip installs the wheel of this checkout with the extra. It
is made twice: with an empty pip cache (everything is downloaded) and with the one that this filled.

    python tools/install_sizes.py                         # print the table
    python tools/install_sizes.py --write docs/install.md # and put it into the page
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- made by tools/install_sizes.py -->", "<!-- end -->"

TORCH_CHECK = """
import numpy as np
import torch

import echospan

model = torch.nn.Sequential(torch.nn.Flatten(1), torch.nn.Linear(5, 1))
x = np.random.default_rng(0).normal(size=(64, 5, 1)).astype("float32")
print(echospan.check(model, x, x[:, 0]))
"""


@dataclass(frozen=True)
class Case:
    """One kind of installation.

    Attributes:
        title: What the table calls it.
        extra: An extra of echospan; empty for the core.
        also: A further requirement.
        what: What the table calls the first result.
        arguments: Of Python, for that result.
    """

    title: str
    extra: str
    also: str
    what: str
    arguments: tuple[str, ...]


WINDOW = ("-m", "echospan", "run", "window")
CASES = (
    Case("`echospan`", "", "", "`echospan explain`", ("-m", "echospan", "explain", "no-signal")),
    Case("`echospan` + `torch`", "", "torch", "`check` of a torch module", ("-c", TORCH_CHECK)),
    Case("`echospan[jax]`", "jax", "", "`echospan run window`", WINDOW),
    Case("`echospan[all]`", "all", "", "`echospan run window`", WINDOW),
)


@dataclass(frozen=True)
class Measured:
    """What a case took.

    Attributes:
        case: Which.
        megabytes: Of all files of the packages.
        cold: Seconds to make the environment and install, everything downloaded.
        warm: The same, out of pip's cache.
        first: Seconds from starting Python to the end of the first result.
        again: The same the second time.
    """

    case: Case
    megabytes: float
    cold: float
    warm: float
    first: float
    again: float


def measure(case: Case, wheel: Path, cache: Path, torch: str) -> Measured:
    """Make the environment twice, and get the first result in the second one.

    Args:
        case: Which.
        wheel: Of this checkout.
        cache: An empty folder for pip's cache.
        torch: The requirement of torch.
    """
    wanted = [f"{wheel}[{case.extra}]" if case.extra else str(wheel)]
    wanted += [torch] if case.also == "torch" else []
    with scratch() as folder:
        cold = _install(folder / "cold", wanted, cache)
        shutil.rmtree(folder / "cold")
        warm = _install(folder / "warm", wanted, cache)
        megabytes = size(folder / "warm")
        own = {
            "HOME": str(folder),
            "ECHOSPAN_CACHE": str(folder / "programs"),
            "ECHOSPAN_STORE": str(folder / "runs"),
        }
        python = folder / "warm" / "bin" / "python"
        first, again = (_run([str(python), *case.arguments], folder, own) for _ in range(2))
    return Measured(case, megabytes, cold, warm, first, again)


def _install(env: Path, wanted: list[str], cache: Path) -> float:
    began = time.perf_counter()
    _run([sys.executable, "-m", "venv", "--without-pip", str(env)], env.parent)
    pip = [sys.executable, "-m", "pip", "--python", str(env / "bin" / "python"), "install"]
    pip += ["--quiet", "--disable-pip-version-check", "--cache-dir", str(cache)]
    _run([*pip, "-c", str(ROOT / "constraints.txt"), *wanted], env.parent)
    return time.perf_counter() - began


def _run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> float:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KERAS_BACKEND")}
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**kept, **(more or {})}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:6])} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def size(env: Path) -> float:
    """Megabytes of all packages of an environment."""
    (packages,) = env.glob("lib/python*/site-packages")
    files = [file for file in packages.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files) / 1e6


def table(rows: list[Measured], load: float = 0.0) -> str:
    """The page's section: how it was measured, and a line a case.

    Args:
        rows: In the order of the page.
        load: Processes of others that ran at the same time, on average.
    """
    busy = f", which {load:.0f} other processes shared" if load >= 1 else ""
    head = (
        "| installed | MB | to install | with pip's cache | first result | from nothing to it | "
        "with pip's cache | the result again |"
    )
    lines = [
        f"| {row.case.title} | {row.megabytes:.0f} | {row.cold:.0f} s | {row.warm:.0f} s | "
        f"{row.case.what} | {row.cold + row.first:.0f} s | {row.warm + row.first:.0f} s | "
        f"{row.again:.1f} s |"
        for row in rows
    ]
    python = ".".join(platform.python_version_tuple()[:2])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    said = (
        f"Measured on {date.today()} with Python {python} on {platform.system()} "
        f"{platform.machine()}, {cores} cores{busy}, with the versions of `constraints.txt`."
    )
    return "\n".join([said, "", head, "|" + "---|" * 8, *lines])


def written(page: str, section: str) -> str:
    """The page with the section in place of the one that it has.

    Raises:
        ValueError: It has no place for it.
    """
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{section}\n{END}", page)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="echospan-install-") as name:
        yield Path(name)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", type=Path, help="the page that the table is put into")
    parser.add_argument("--wheel", type=Path, help="a wheel of this checkout; else one is built")
    parser.add_argument("--torch", default="torch", help="requirement of torch")
    given = parser.parse_args()
    with scratch() as folder:
        if given.wheel is None:
            pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
            _run([*pip, "-w", str(folder), str(ROOT)], folder)
        (wheel,) = folder.glob("*.whl") if given.wheel is None else (given.wheel.resolve(),)
        rows, load = [], os.getloadavg()[0]
        for number, case in enumerate(CASES):
            cache = folder / f"cache-{number}"
            rows.append(measure(case, wheel, cache, given.torch))
            print(rows[-1], file=sys.stderr, flush=True)
            shutil.rmtree(cache, ignore_errors=True)
    section = table(rows, load)
    print(section)
    if given.write is not None:
        page = written(given.write.read_text("utf-8"), section)
        given.write.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
