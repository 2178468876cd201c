"""The compiled kernels, and the name of the wheel that holds them; all else is in pyproject.toml.

The library is a plain shared library that knows nothing of Python, so one wheel a platform serves
every Python. Where no C++ compiler is at hand it is left out: the wheel is then for any platform,
and echospan takes its JAX path and says so.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.errors import LinkError

PACKAGE = "echospan.engine.kernels.native"
SOURCES = Path("src", *PACKAGE.split("."))
NAME = "_recurrent"
HEADERS = "third_party"
"""XLA's, of the oldest JAX that is supported: XLA refuses a library built with newer ones."""

X86 = platform.machine().lower() in ("x86_64", "amd64")

FLAGS = [
    "-std=c++17",
    "-O3",
    "-g0",
    "-fvisibility=hidden",
    # What may go unchecked; the results stay those of IEEE arithmetic, with fused multiply-adds.
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-isystem",
    HEADERS,
    *(["-DECHOSPAN_X86"] if X86 else []),
]
INSTRUCTIONS = {
    "isa_baseline.cpp": [],
    "isa_avx2.cpp": ["-mavx2", "-mfma"],
    "isa_avx512.cpp": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
}
"""Flags of the files that are compiled for one instruction set; which one runs is chosen later."""

LINK: list[list[str]] = [[]]
"""Flags of the link, the best first; the next are taken where those do not work."""
if sys.platform == "linux":
    exports = f"-Wl,--version-script={SOURCES / 'exports.map'}"
    # With a C++ library of its own it runs on systems with an older one than the builder's. Not
    # every system has the archive for it.
    LINK = [["-static-libstdc++", "-Wl,--gc-sections", "-Wl,-s", exports], ["-Wl,-s", exports]]


class BuildKernels(build_ext):
    """Compiles each file with flags of its own, which setuptools cannot."""

    def get_ext_filename(self, fullname: str) -> str:
        """A name without the tag of one Python."""
        return os.path.join(*fullname.split(".")) + ".so"

    def run(self) -> None:
        """Build anew: what an earlier build left, under whatever name, must not go into a wheel."""
        built = Path(self.build_lib, *PACKAGE.split("."))
        for folder in (built, SOURCES) if self.inplace else (built,):
            for left in folder.glob(f"{NAME}*.so"):
                left.unlink()
        super().run()

    def build_extension(self, ext: Extension) -> None:
        """Make the library, or raise what an optional extension may."""
        objects = []
        for source in ext.sources:
            own = INSTRUCTIONS.get(Path(source).name, [])
            objects += self.compiler.compile(
                [source], output_dir=self.build_temp, extra_postargs=FLAGS + own
            )
        library = self.get_ext_fullpath(ext.name)
        for number, flags in enumerate(LINK, 1):
            try:
                self.compiler.link_shared_object(
                    objects, library, extra_postargs=flags, target_lang="c++"
                )
            except LinkError:
                if number == len(LINK):
                    raise
            else:
                return


class Wheel(bdist_wheel):
    """A wheel for every Python: of one platform with the library, of any without."""

    def get_tag(self) -> tuple[str, str, str]:
        """The tag of what is in the wheel. An editable one has no files of its own."""
        held = Path(self.bdist_dir)
        if held.is_dir() and not any(held.rglob(f"{NAME}.so")):
            self.root_is_pure = True
        return "py3", "none", super().get_tag()[2]


files = ["ffi.cpp", "older_systems.cpp", *(INSTRUCTIONS if X86 else ["isa_baseline.cpp"])]
setup(
    ext_modules=[
        Extension(
            f"{PACKAGE}.{NAME}",
            [str(SOURCES / name) for name in files],
            depends=[str(path) for path in SOURCES.glob("*.[hi]*")],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildKernels, "bdist_wheel": Wheel},
)
