"""Write docs/rendered: the executed pages with what their commands and cells printed, as Markdown.

    make rendered                                # pages whose source has changed since
    python -m tools.render_docs tutorial span    # these, changed or not
    python -m tools.render_docs --check          # exit with 1 if a page is out of date

A code host shows them without building the documentation. Each page names the fingerprint of its
source, which a test compares: numbers of a machine, such as seconds, may differ at each run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDER = DOCS / "rendered"
SECONDS_ALLOWED = 1800

FENCE = re.compile(r"^```\{([\w-]+)\}[ \t]*(.*)\n((?:.*\n)*?)```[ \t]*$", re.MULTILINE)
"""A directive: name, argument, and body with its options."""

DRAW = """
from IPython import get_ipython

def _drawn(figure):
    from echospan.report.figures.save import inline_svg
    from tools.draw_pictures import alone
    return alone(inline_svg(figure, "figure", "A figure"))

formats = get_ipython().display_formatter.formatters
formats["image/svg+xml"].for_type_by_name("matplotlib.figure", "Figure", _drawn)
"""
"""Run before a page's cells: a figure that is a cell's value is shown."""

OPTION = re.compile(r"\A:([\w-]+):[ \t]*(.*)\n")
FRONT = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)
SEEN = re.compile(r"<!-- From docs/[\w-]+\.md, fingerprint ([0-9a-f]{16})\. ")


def main() -> None:
    """Render what was named or has changed, or say what is out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pages", nargs="*", help="Names without .md; by default what has changed.")
    parser.add_argument("--check", action="store_true", help="Only say what is out of date.")
    parser.add_argument("--all", action="store_true", help="All pages, changed or not.")
    given = parser.parse_args()
    if unknown := set(given.pages) - set(pages()):
        parser.error(f"pages must be among {', '.join(pages())}; got {', '.join(unknown)}.")
    chosen = given.pages or (pages() if given.all else stale())
    if given.check:
        print("\n".join(f"{name}: out of date" for name in chosen) or "all pages are up to date")
        sys.exit(1 if chosen else 0)
    FOLDER.mkdir(exist_ok=True)
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix="echospan-docs-") as folder:
            Rendering(name, Path(folder)).write()
        (FOLDER / "README.md").write_text(index(), encoding="utf-8")
        print(f"docs/rendered/{name}.md", flush=True)


def index() -> str:
    """The page that leads to the others."""
    lines = [
        f"- [{title[1]}]({path.name})"
        for path in sorted(FOLDER.glob("*.md"))
        if path.stem in pages()
        and (title := re.search(r"^# (.+)$", path.read_text("utf-8"), re.MULTILINE))
    ]
    return (
        "# The executed pages, with their outputs\n\n"
        "Pages of `docs` that run commands or code, as they ran last. Written by `make rendered`; "
        "do not edit.\n\n" + "\n".join(lines) + "\n"
    )


def pages() -> list[str]:
    """Names of the pages that are executed."""
    executed = ("code-cell", "console")
    return sorted(
        path.stem
        for path in DOCS.glob("*.md")
        if any(kind in executed for kind, *_ in FENCE.findall(path.read_text("utf-8")))
    )


def stale() -> list[str]:
    """Names of the pages whose source has changed since they were rendered."""
    return [name for name in pages() if rendered_from(name) != fingerprint(name)]


def fingerprint(name: str) -> str:
    """Of a page's source, without its spaces at line ends."""
    lines = [line.rstrip() for line in (DOCS / f"{name}.md").read_text("utf-8").splitlines()]
    return hashlib.sha256("\n".join(lines).strip().encode()).hexdigest()[:16]


def rendered_from(name: str) -> str:
    """The fingerprint that a rendered page names; empty where there is none."""
    path = FOLDER / f"{name}.md"
    seen = SEEN.search(path.read_text("utf-8")) if path.exists() else None
    return seen[1] if seen else ""


@dataclass
class Rendering:
    """One page while its commands and cells run, in the order in which they stand.

    Attributes:
        name: Of the page.
        folder: Where commands run, with a store of its own.
        images: Contents of the image files, by file name.
    """

    name: str
    folder: Path
    images: dict[str, bytes] = field(default_factory=dict)

    def write(self) -> None:
        """Run the page; write it and its images, and remove those it no longer has."""
        text = self.text()
        for old in FOLDER.glob(f"{self.name}-[0-9]*.*"):
            old.unlink()
        for name, content in self.images.items():
            (FOLDER / name).write_bytes(content)
        (FOLDER / f"{self.name}.md").write_text(text, encoding="utf-8")

    def text(self) -> str:
        """The page with every directive replaced."""
        source = FRONT.sub("", (DOCS / f"{self.name}.md").read_text("utf-8"))
        cells = self._cells(source)
        body = FENCE.sub(lambda found: self._replaced(found, cells), linked(source))
        note = (
            f"<!-- From docs/{self.name}.md, fingerprint {fingerprint(self.name)}. "
            "Written by `make rendered`; do not edit. -->"
        )
        return f"{note}\n\n{body.strip()}\n"

    def _cells(self, source: str) -> Iterator[list[Any]]:
        """The outputs of the page's code cells, in order; run in one kernel."""
        codes = [options(body)[1] for kind, _, body in FENCE.findall(source) if kind == "code-cell"]
        if not codes:
            return iter(())
        import nbformat
        from nbclient import NotebookClient

        new: Any = nbformat.v4
        made = new.new_notebook(cells=[new.new_code_cell(code) for code in (DRAW, *codes)])
        os.environ.update(self._environment())
        client = NotebookClient(
            made, timeout=SECONDS_ALLOWED, kernel_name="python3",
            resources={"metadata": {"path": str(DOCS)}},
        )  # fmt: skip
        client.execute()
        return iter([cell.outputs for cell in made.cells[1:]])

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ECHOSPAN_STORE": str(self.folder / "echospan-runs"),
            "JAX_PLATFORMS": "cpu",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)]),
            "COLUMNS": "92",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        }

    def _replaced(self, found: re.Match[str], cells: Iterator[list[Any]]) -> str:
        kind, argument, (given, body) = found[1], found[2].strip(), options(found[3])
        if kind == "console":
            return fenced(self._console(given, body), "console")
        if kind == "code-cell":
            return self._cell(given.get("tags", ""), body, next(cells))
        if kind == "literalinclude":
            path = (DOCS / argument).resolve()
            return fenced(path.read_text("utf-8"), given.get("language", path.suffix[1:]))
        if kind == "admonition":
            return "\n".join(
                f"> {line}".rstrip() for line in [f"**{argument}**", "", *body.splitlines()]
            )
        return found[0]

    def _console(self, given: dict[str, str], body: str) -> str:
        shown = []
        for line in body.strip().splitlines():
            done = subprocess.run(
                ["bash", "-c", line.removeprefix("$ ")], cwd=self.folder, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, timeout=SECONDS_ALLOWED,
            )  # fmt: skip
            if done.returncode != int(given.get("exit", 0)):
                raise SystemExit(
                    f"{self.name}: {line} ended with {done.returncode}:\n{done.stdout}"
                )
            lines = self._plain(done.stdout).rstrip().splitlines()
            most = int(given.get("lines", len(lines)))
            shown += [line, *lines[:most], *(["..."] if len(lines) > most else [])]
        return "\n".join(shown)

    def _cell(self, tags: str, code: str, outputs: list[Any]) -> str:
        if "remove-cell" in tags:
            return ""
        parts = [] if "hide-input" in tags else [fenced(code, "python")]
        for output in outputs:
            data = output.get("data", {})
            drawn = self._picture(data)
            text = output.get("text") or data.get("text/plain", "")
            # A figure's text only says that it is one.
            if text and not (drawn and re.match(r"<(Figure|Axes)\b", text)):
                parts.append(fenced(self._plain(text).rstrip(), "text"))
            parts += [drawn] if drawn else []
        return "\n\n".join(parts)

    def _picture(self, data: dict[str, str]) -> str:
        """A link to the picture of an output, if it has one; the picture is kept."""
        import base64

        if svg := data.get("image/svg+xml") or figure_of(data.get("text/html", "")):
            return self._image("svg", svg.encode())
        if png := data.get("image/png"):
            return self._image("png", base64.b64decode(png))
        return ""

    def _image(self, kind: str, content: bytes) -> str:
        name = f"{self.name}-{len(self.images) + 1}.{kind}"
        self.images[name] = content
        return f"![Figure {len(self.images)}]({name})"

    def _plain(self, text: str) -> str:
        """Output without colours and without the names of this machine's folders."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        return text.replace(str(self.folder), "/tmp/docs").replace(f"{ROOT}/", "")


def options(body: str) -> tuple[dict[str, str], str]:
    """A directive's options and the rest of its body."""
    given: dict[str, str] = {}
    while option := OPTION.match(body):
        given[option[1]] = option[2].strip()
        body = body[option.end() :]
    return given, body.lstrip("\n")


def fenced(text: str, language: str) -> str:
    """A code block, with a longer fence where the text has one."""
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"^`{3,}", text, re.MULTILINE)), 3)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def figure_of(card: str) -> str:
    """The first figure of a notebook card as a picture that stands alone, in either mode."""
    found = re.search(r'<svg class="figure wide".*?</svg>', card, re.DOTALL)
    if found is None:
        return ""
    from tools.draw_pictures import alone

    return alone(found[0])


def linked(body: str) -> str:
    """Links as they lead from docs/rendered: to a rendered page, or one folder up."""
    known = {name for name in pages() if rendered_from(name)}

    def moved(link: re.Match[str]) -> str:
        target, anchor = link[1], link[2] or ""
        if "://" in target or not target:
            return link[0]
        if target.endswith(".md") and target.removesuffix(".md") in known:
            return f"]({target}{anchor})"
        return f"](../{target}{anchor})"

    parts = re.split(r"(^(`{3,}).*?^\2$)", body, flags=re.MULTILINE | re.DOTALL)
    # Every third part is code and the next its fence: only the text between is changed.
    kept = []
    for place, part in enumerate(parts):
        if place % 3 == 0:
            kept.append(re.sub(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", moved, part))
        elif place % 3 == 1:
            kept.append(part)
    return "".join(kept)


if __name__ == "__main__":
    main()
