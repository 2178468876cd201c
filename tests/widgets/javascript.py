"""The modules of the pictures, run by Node or, where there is none, by a browser."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from echospan import widgets
from report import browser

MODULES = Path(widgets.__file__).parent / "js"


def run(call: str, given: Any, folder: Path) -> Any:
    """What `call`, an expression of `given` and of the modules' exports, comes to."""
    node = shutil.which("node")
    names = {"rows": "arithmetic", "network": "network", "state": "state", "picture": "rows"}
    imports = "\n".join(f"import * as {own} from './{name}.js';" for own, name in names.items())
    for module in MODULES.glob("*.js"):
        shutil.copy(module, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "given.js").write_text(f"export const given = {json.dumps(given)};\n")
    code = f"{imports}\nimport {{ given }} from './given.js';\nconst made = {call};\n"
    if node is not None:
        (folder / "main.js").write_text(f"{code}console.log(JSON.stringify(made));\n")
        done = subprocess.run(
            [node, str(folder / "main.js")], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)
    chromium = browser.found()
    if chromium is None:
        pytest.skip("neither Node nor Chromium on this machine")
    page = f"<pre id=out></pre><script type=module>{code}out.textContent=JSON.stringify(made);"
    (folder / "page.html").write_text(f"<meta charset=utf-8>{page}</script>", "utf-8")
    done = subprocess.run(
        [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu",
            "--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=5000", "--dump-dom", (folder / "page.html").as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found = re.search(r"<pre id=\"out\">(.+?)</pre>", done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-2000:]
    return json.loads(html.unescape(found[1]))
