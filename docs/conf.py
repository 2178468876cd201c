"""Sphinx: every page is run at build time, against a store that is thrown away."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "echospan"
author = "The echospan developers"
copyright = "2026, The echospan developers"
version = release = metadata.version("echospan")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "console", "settings"]
# A name in single backticks is code, in docstrings as on the pages.
default_role = "code"
autodoc_member_order = "bysource"
exclude_patterns = ["_build", "jupyter_execute", "rendered"]
html_theme = "furo"
html_title = f"echospan {release}"
# Nothing is loaded from another host: the pages work without a network.
html_theme_options = {"source_repository": "", "navigation_with_keys": True}

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True

# Pages, and the commands on them, share one temporary folder and the store in it.
folder = Path(tempfile.mkdtemp(prefix="echospan-docs-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
console_folder = str(folder)
os.environ.update(
    ECHOSPAN_STORE=str(folder / "echospan-runs"),
    JAX_PLATFORMS="cpu",
    # Threads that wait for a busy core make a page take ten times as long.
    OMP_NUM_THREADS="1",
    COLUMNS="92",
    NO_COLOR="1",
    TERM="dumb",
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
)
