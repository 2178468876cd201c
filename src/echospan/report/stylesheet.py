"""The page's stylesheet: light and dark, narrow and wide, screen and paper; no font is fetched."""

from __future__ import annotations

from echospan.report.figures.style import ADAPTIVE

_DARK_FIGURES = {
    "ink": "#e4eaf0",
    "muted": "#9babb9",
    "grid": "#2c3843",
    "paper": "#161d24",
    "blue": "#5cb3ea",
    "orange": "#ff9455",
    "green": "#4cc9a0",
    "purple": "#dd95c4",
    "tile": "#222c36",
    "hit": "#17405d",
    "miss": "#55301c",
    "faint": "#4e6070",
}

_LIGHT_PAGE = {
    "ground": "#f4f6f8",
    "card": "#ffffff",
    "ink": "#1f2a33",
    "muted": "#5c6a76",
    "line": "#dfe5ea",
    "soft": "#f4f7f9",
    "shade": "#c3ced8",
    "accent": "#005f95",
    "good": "#00694d",
    "good-ground": "#dcf1ea",
    "warn": "#994300",
    "warn-ground": "#fcebdf",
    "idle": "#4a5763",
    "idle-ground": "#e9edf1",
}

_DARK_PAGE = {
    "ground": "#0e1318",
    "card": "#161d24",
    "ink": "#e4eaf0",
    "muted": "#9babb9",
    "line": "#2c3843",
    "soft": "#1c242c",
    "shade": "#40505e",
    "accent": "#6cbdf0",
    "good": "#63d6b0",
    "good-ground": "#123a30",
    "warn": "#ffa872",
    "warn-ground": "#43260f",
    "idle": "#b4c1cc",
    "idle-ground": "#28323c",
}


def _variables(page: dict[str, str], figures: dict[str, str]) -> str:
    named = [f"--{name}: {colour};" for name, colour in page.items()]
    named += [f"--fig-{name}: {colour};" for name, colour in figures.items()]
    return " ".join(named)


_RULES = """
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans",
    Arial, sans-serif;
}
.page { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -0.012em; margin: 0; text-wrap: balance; }
h1 { font-size: 2.3rem; letter-spacing: -0.022em; }
h2 { font-size: 1.6rem; }
h3 { font-size: 1.08rem; margin: 2.5rem 0 0.8rem; }
p { margin: 0.7rem 0; max-width: 44rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.18em; }
code, .mono {
  font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere;
}
.masthead { margin-bottom: 2rem; }
.masthead p { color: var(--muted); margin: 0.5rem 0 0; }
.eyebrow {
  font-size: 0.78rem; font-weight: 650; letter-spacing: 0.09em; text-transform: uppercase;
  color: var(--accent); margin: 0 0 0.5rem;
}
nav.contents, section.card, article.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
}
nav.contents { padding: 1.1rem 1.5rem 1.2rem; margin-bottom: 1.5rem; }
nav.contents h2 { font-size: 0.95rem; margin-bottom: 0.4rem; letter-spacing: 0; }
nav.contents ol { list-style: none; margin: 0; padding: 0; }
nav.contents li + li { border-top: 1px solid var(--line); }
nav.contents a {
  display: flex; gap: 0.75rem; align-items: baseline; padding: 0.42rem 0; text-decoration: none;
  color: var(--ink);
}
nav.contents a:hover .name { text-decoration: underline; }
nav.contents .name { font-weight: 600; overflow-wrap: anywhere; }
nav.contents .fact {
  margin-left: auto; color: var(--muted); white-space: nowrap; font-variant-numeric: tabular-nums;
}
section.card, article.card { padding: 1.9rem 2rem 2.1rem; margin-bottom: 1.75rem; }
article > header, section > header { margin-bottom: 1rem; }
.title { display: flex; flex-wrap: wrap; gap: 0.4rem 0.8rem; align-items: center; }
.title h2 { overflow-wrap: anywhere; }
.identity { color: var(--muted); font-size: 0.88rem; margin: 0.35rem 0 0; }
.badge {
  font-size: 0.78rem; font-weight: 620; line-height: 1; padding: 0.36rem 0.6rem;
  border-radius: 99px; white-space: nowrap; color: var(--idle); background: var(--idle-ground);
}
.badge.good { color: var(--good); background: var(--good-ground); }
.badge.warn { color: var(--warn); background: var(--warn-ground); }
.intro { font-size: 1.06rem; }
.lead { font-size: 1.13rem; line-height: 1.5; max-width: 46rem; }
.note {
  border-left: 3px solid var(--warn); background: var(--warn-ground); padding: 0.6rem 0.9rem;
  border-radius: 0 8px 8px 0; max-width: none;
}
.note.mild { border-color: var(--line); background: var(--soft); color: var(--muted); }
.scale { position: relative; height: 3.1rem; margin: 1.2rem 0.5rem 0.4rem; }
.scale > span { position: absolute; }
.scale .track { left: 0; right: 0; top: 0.55rem; height: 0.5rem; border-radius: 99px;
  background: var(--line); }
.scale .range { top: 0.35rem; height: 0.9rem; min-width: 3px; border-radius: 4px;
  background: var(--fig-blue); opacity: 0.38; }
.scale .tick { top: 0.2rem; height: 1.2rem; border-left: 2px solid var(--ink); }
.scale .tick > span { position: absolute; top: 1.35rem; white-space: nowrap; font-size: 0.82rem;
  line-height: 1.3; color: var(--muted); }
.scale .tick.start > span { left: -2px; }
.scale .tick.middle > span { transform: translateX(-50%); }
.scale .tick.end > span { right: 0; }
.scale .dot { top: 0.8rem; width: 1.05rem; height: 1.05rem; margin: -0.525rem 0 0 -0.525rem;
  border-radius: 50%; background: var(--fig-blue); border: 2px solid var(--card); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr));
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 1.3rem 0; }
.facts.six { grid-template-columns: repeat(6, 1fr); }
.facts div { padding: 0.75rem 0.95rem 0.8rem; box-shadow: 1px 1px 0 0 var(--line); }
.facts dt { color: var(--muted); font-size: 0.82rem; line-height: 1.3; }
.facts dd { margin: 0.15rem 0 0; font-size: 1.3rem; font-weight: 620; line-height: 1.25;
  letter-spacing: -0.01em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts small { display: block; color: var(--muted); font-size: 0.8rem; font-weight: 400;
  letter-spacing: 0; }
figure { margin: 1.6rem 0 0; }
figcaption { color: var(--muted); font-size: 0.88rem; margin-top: 0.35rem; max-width: 44rem; }
svg.figure { display: block; width: 100%; height: auto; font-family: inherit;
  stroke-linejoin: round; stroke-linecap: butt; }
/* Shadows at the sides for as long as there is more to see there: the covers scroll along. */
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--card) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--card) 40%, transparent) right / 2.5rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 1rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 1rem 100% no-repeat scroll;
}
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
figure + .scroll { margin-top: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; line-height: 1.4; }
caption { text-align: left; color: var(--muted); font-size: 0.88rem; padding-bottom: 0.45rem; }
th, td { text-align: left; padding: 0.4rem 0.75rem 0.4rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { color: var(--muted); font-size: 0.82rem; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number:first-child { text-align: left; }
td:last-child, thead th:last-child { padding-right: 0; }
td small { color: var(--muted); font-size: 0.86em; }
table.steps { width: auto; min-width: 22rem; }
table.steps td, table.steps th { padding-right: 1.75rem; }
.miss { color: var(--warn); font-weight: 650; }
.hit { color: var(--good); }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem; }
.columns > * { min-width: 0; }
table.findings code { white-space: nowrap; }
table.pairs { table-layout: fixed; }
table.pairs th { width: 46%; }
table.pairs td { overflow-wrap: anywhere; }
details { margin-top: 1.4rem; border-top: 1px solid var(--line); padding-top: 0.9rem; }
details + details { margin-top: 0.9rem; }
summary { cursor: pointer; font-weight: 600; }
summary:hover { color: var(--accent); }
details > :not(summary) { margin-top: 0.9rem; }
details h3 { margin: 0 0 0.4rem; font-size: 0.95rem; }
footer { color: var(--muted); font-size: 0.86rem; }
@media (max-width: 44rem) {
  .page { padding: 1.75rem 0.9rem 3rem; }
  h1 { font-size: 1.75rem; }
  h2 { font-size: 1.35rem; }
  section.card, article.card { padding: 1.25rem 1.05rem 1.4rem; border-radius: 12px; }
  nav.contents { padding: 1rem 1.05rem; }
  .lead { font-size: 1.05rem; }
  .columns { grid-template-columns: 1fr; gap: 1.2rem; }
  figure svg.figure { min-width: 31rem; }
  .facts, .facts.six { grid-template-columns: repeat(2, 1fr); }
}
@media print {
  body { background: #ffffff; font-size: 10.5pt; }
  .page { max-width: none; padding: 0; }
  nav.contents, section.card, article.card { border: none; padding: 0; border-radius: 0; }
  article.card + article.card { break-before: page; }
  figure, .facts, tr, .scale { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; background: none; }
  a { color: inherit; text-decoration: none; }
  /* A table that repeats a figure stays on the screen; settings are printed in any case. */
  details:not([open]):not(.particulars) { display: none; }
  details.particulars::details-content { content-visibility: visible; display: block; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def stylesheet() -> str:
    """All rules, with the colours of light mode first and dark mode's where the reader asks."""
    light = _variables(_LIGHT_PAGE, ADAPTIVE)
    dark = _variables(_DARK_PAGE, _DARK_FIGURES)
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"{_RULES.strip()}\n"
    )
