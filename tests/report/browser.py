"""A page as a browser lays it out, at the width of a phone or of a desk."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FRAME = """<meta charset="utf-8"><body style="margin:0">
<iframe id="page" src="%s" style="width:%dpx;height:900px;border:0"></iframe><pre id="out"></pre>
<script>
page.onload = () => {
  const inside = page.contentDocument, wide = page.clientWidth;
  const shown = (one) => one.getClientRects().length > 0;
  const cut = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.left < -0.5 || box.right > wide + 0.5);
  };
  const words = [...inside.querySelectorAll("svg.figure text")].filter(shown);
  const scale = (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  out.textContent = JSON.stringify({
    width: inside.documentElement.scrollWidth,
    figures: [...inside.querySelectorAll("svg.figure")].filter(shown).length,
    words: words.length,
    smallest: Math.min(...words.map((word) =>
      parseFloat(getComputedStyle(word).fontSize) * scale(word.ownerSVGElement))),
    cut: [...words, ...inside.querySelectorAll("p, li, td, th, h1, h2, h3, dd, pre code, summary")]
      .filter(cut).map((one) => one.textContent.trim()),
    scrolled: [...inside.querySelectorAll(".scroll, figure, table")].filter(shown)
      .filter((one) => one.scrollWidth > one.clientWidth + 1)
      .map((one) => one.getAttribute("aria-label") || one.textContent.trim().slice(0, 60)),
    heads: [...inside.querySelectorAll("table.stacks thead")].filter(shown).length,
  });
};
</script>"""


def found() -> str | None:
    """The browser of this machine, if it has one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def laid_out(page: str, width: int, folder: Path) -> dict[str, Any]:
    """Lay a page out that many pixels wide, and measure what stands in it.

    Folds are opened first: what they hold must fit, too.
    """
    browser = found()
    assert browser is not None
    (folder / "page.html").write_text(page.replace("<details", "<details open"), "utf-8")
    (folder / "frame.html").write_text(FRAME % ("page.html", width), "utf-8")
    done = subprocess.run(
        [
            browser, "--headless=new", "--no-sandbox", "--disable-gpu",
            "--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=5000", "--window-size=1600,1000", "--dump-dom",
            (folder / "frame.html").as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    measured = re.search(r'<pre id="out">(.+?)</pre>', done.stdout, re.DOTALL)
    assert measured is not None, done.stderr[-2000:]
    read: dict[str, Any] = json.loads(html.unescape(measured[1]))
    return read
