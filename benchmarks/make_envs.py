"""Make the virtual environments of the benchmark's peers.

    python benchmarks/make_envs.py              # all of them
    python benchmarks/make_envs.py torch        # one of them

Each file ``envs/NAME.txt`` becomes ``.envs/NAME`` (ignored by git). An environment that is already
there is brought to the pinned versions; delete its folder to start afresh. Keras on JAX needs none:
it runs in the project's own environment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PINS = HERE / "envs"
ENVS = HERE / ".envs"


def names() -> list[str]:
    """The environments there are pins for."""
    return sorted(path.stem for path in PINS.glob("*.txt"))


def python_of(name: str) -> Path:
    """The interpreter of environment ``name``, whether or not it exists yet."""
    return ENVS / name / "bin" / "python"


def make(name: str) -> None:
    """Create environment ``name`` if absent and install its pins.

    Raises:
        subprocess.CalledProcessError: pip could not install a pin.
    """
    python = python_of(name)
    if not python.exists():
        venv.create(ENVS / name, with_pip=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-r", PINS / f"{name}.txt"], check=True
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the benchmark's peer environments.")
    parser.add_argument("name", nargs="*", help=f"which: {', '.join(names())} (default: all)")
    wanted = parser.parse_args().name or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        parser.error(f"name must be one of {', '.join(names())}; got {', '.join(unknown)}.")
    for name in wanted:
        print(f"{name}: {ENVS / name}", flush=True)
        try:
            make(name)
        except subprocess.CalledProcessError as failure:
            print(f"{name}: pip ended with code {failure.returncode}.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
