"""Build the wheel for this machine's system and processor, by way of the source archive.

The archive is made of a copy of the sources and the wheel of the archive, so both are complete, and
nothing that earlier builds left in the working tree gets in. On Linux the platform tag is the
oldest system that auditwheel finds the library to run on; on macOS it is the deployment target that
the library is built for. A wheel without the compiled kernels is refused: nobody would notice that
they are missing.

    python tools/build_wheel.py              # into dist/
    python tools/build_wheel.py --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SETTINGS = ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py")
SOURCES = (*SETTINGS, "src", "third_party")
"""What is copied and built."""

MACOS = "11.0"
"""The oldest macOS to build for, unless MACOSX_DEPLOYMENT_TARGET names another: jaxlib's own."""


def build(folder: Path, isolated: bool = True) -> Path:
    """Build the source archive and from it the wheel, with the tag that setuptools gives.

    Args:
        folder: Where both go.
        isolated: Build with the newest setuptools that pip finds, rather than the one installed.

    Raises:
        SystemExit: The build failed, or made a wheel without the compiled kernels.
    """
    copy = folder / "sources"
    copied(copy)
    plan = [sys.executable, "-m", "build", "--outdir", str(folder), str(copy)]
    if not isolated:
        plan.insert(3, "--no-isolation")
    done = subprocess.run(
        plan, env=build_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        sys.exit(f"The build failed:\n{done.stdout}")
    (wheel,) = folder.glob("*.whl")
    if wheel.name.endswith("-any.whl"):
        errors = [line for line in done.stdout.splitlines() if "error" in line or "failed" in line]
        sys.exit(
            "The wheel has no compiled kernels. Install a C++ compiler, such as g++, "
            "and try again.\n" + "\n".join(errors)
        )
    return wheel


def copied(to: Path) -> None:
    """Copy the sources, without what was built of them."""
    to.mkdir()
    made = shutil.ignore_patterns("*.so", "*.egg-info", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=made)
        else:
            shutil.copy2(ROOT / name, to / name)


def build_environment() -> dict[str, str]:
    """The environment of a build: on macOS for this processor alone, as the flags are."""
    chosen = dict(os.environ)
    if sys.platform == "darwin":
        machine = platform.machine()
        target = chosen.setdefault("MACOSX_DEPLOYMENT_TARGET", MACOS)
        chosen["ARCHFLAGS"] = f"-arch {machine}"
        chosen["_PYTHON_HOST_PLATFORM"] = f"macosx-{target}-{machine}"
    return chosen


def audited(wheel: Path) -> dict[str, object]:
    """What auditwheel finds: the tag of the oldest systems that the wheel runs on, and why.

    Raises:
        SystemExit: auditwheel cannot read the wheel, or finds a library that is not every system's.
    """
    plan = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    done = subprocess.run(plan, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"auditwheel refused the wheel:\n{done.stdout}{done.stderr}")
    found: dict[str, object] = json.loads(done.stdout)
    if "error" in found:
        sys.exit(f"auditwheel refused the wheel: {found['error']}")
    return found


def named(wheel: Path, tag: str) -> Path:
    """The wheel with another platform tag in its name and in its metadata."""
    plan = [sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", tag, str(wheel)]
    done = subprocess.run(plan, capture_output=True, text=True, check=True)
    return wheel.with_name(done.stdout.split()[-1])


def make(out: Path, isolated: bool = True) -> Path:
    """Build, name and keep the wheel and the source archive.

    Args:
        out: The folder they go to. Older wheels and archives in it are removed.
        isolated: As for `build`.

    Returns:
        The wheel.
    """
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build(Path(scratch), isolated)
        if sys.platform == "linux":
            found = audited(wheel)
            print(f"auditwheel: {found['overall_tag']}; it needs {found['versioned_symbols']}")
            wheel = named(wheel, str(found["overall_tag"]))
        out.mkdir(parents=True, exist_ok=True)
        for pattern in ("echospan-*.whl", "echospan-*.tar.gz"):
            for old in out.glob(pattern):
                old.unlink()
            for new in Path(scratch).glob(pattern):
                shutil.move(new, out)
    return out / wheel.name


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder; default: dist")
    parser.add_argument(
        "--no-isolation", action="store_true", help="build with the setuptools that is installed"
    )
    given = parser.parse_args()
    wheel = make(given.out, not given.no_isolation)
    print(f"{wheel} ({wheel.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    main()
