"""The compiled kernels: built where a C++ compiler and XLA's headers are at hand, else left out.

Without them echospan takes its JAX path and says so. All other settings are in pyproject.toml.
"""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

SOURCES = Path("src/echospan/engine/kernels/native")
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
]
INSTRUCTIONS = {
    "isa_baseline.cpp": [],
    "isa_avx2.cpp": ["-mavx2", "-mfma"],
    "isa_avx512.cpp": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
}
"""Flags of the files that are compiled for one instruction set; which one runs is chosen later."""


class BuildKernels(build_ext):
    """Compiles each file with flags of its own, which setuptools cannot."""

    def build_extension(self, ext: Extension) -> None:
        """Make the library, or raise what an optional extension may."""
        jaxlib = find_spec("jaxlib")
        if jaxlib is None or jaxlib.origin is None:
            raise CompileError("jaxlib, which brings XLA's headers, is not at hand")
        headers = str(Path(jaxlib.origin).parent / "include")
        flags = [*FLAGS, "-isystem", headers, *(["-DECHOSPAN_X86"] if X86 else [])]
        objects = []
        for source in ext.sources:
            own = INSTRUCTIONS.get(Path(source).name, [])
            objects += self.compiler.compile(
                [source], output_dir=self.build_temp, extra_postargs=flags + own
            )
        library = self.get_ext_fullpath(ext.name)
        self.compiler.link_shared_object(objects, library, target_lang="c++")


files = ["ffi.cpp", *(INSTRUCTIONS if X86 else ["isa_baseline.cpp"])]
setup(
    ext_modules=[
        Extension(
            "echospan.engine.kernels.native._recurrent",
            [str(SOURCES / name) for name in files],
            depends=[str(path) for path in SOURCES.glob("*.[hi]*")],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildKernels},
)
