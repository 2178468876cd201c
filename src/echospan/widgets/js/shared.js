// What the four pictures share: elements made once and changed, colours, sizes, texts.
// `echospan.widgets.source` writes this file into each module; on disk they import it.

const LIGHT = `
  --ground: #f4f6f8; --card: #ffffff; --ink: #1f2a33; --muted: #5c6a76; --line: #dfe5ea;
  --soft: #f4f7f9; --shade: #c3ced8; --accent: #005f95; --good: #00694d; --warn: #994300;
  --fig-blue: #0072b2; --fig-orange: #d55e00; --fig-green: #00805d; --fig-purple: #a5568a;
  --fig-gold: #a67c00; --fig-tile: #eff3f6; --fig-hit: #d9eaf5; --fig-miss: #fbe2d3;
  --fig-faint: #9fb4c4;`;
const DARK = `
  --ground: #0e1318; --card: #161d24; --ink: #e4eaf0; --muted: #9babb9; --line: #2c3843;
  --soft: #1c242c; --shade: #40505e; --accent: #6cbdf0; --good: #63d6b0; --warn: #ffa872;
  --fig-blue: #5cb3ea; --fig-orange: #ff9455; --fig-green: #4cc9a0; --fig-purple: #dd95c4;
  --fig-gold: #e6c04a; --fig-tile: #222c36; --fig-hit: #17405d; --fig-miss: #55301c;
  --fig-faint: #4e6070;`;

export const STYLE = `
.es-widget {${LIGHT} color-scheme: light; }
@media screen and (prefers-color-scheme: dark) { .es-widget {${DARK} color-scheme: dark; } }
/* The theme of a notebook or of a page goes before the system's. */
body[data-jp-theme-light="true"] .es-widget, body.vscode-light .es-widget,
body.body--light .es-widget, [data-theme="light"] .es-widget, html[theme="light"] .es-widget {
  ${LIGHT} color-scheme: light; }
body[data-jp-theme-light="false"] .es-widget, body.vscode-dark .es-widget,
body.body--dark .es-widget, [data-theme="dark"] .es-widget, html[theme="dark"] .es-widget {
  ${DARK} color-scheme: dark; }
.es-widget { container-type: inline-size; box-sizing: border-box; max-width: 60rem; color: var(--ink);
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px 16px; font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
.es-widget *, .es-widget *::before { box-sizing: border-box; }
.es-widget .es-title { font-size: 17px; font-weight: 650; line-height: 1.25; margin: 0;
  letter-spacing: -0.01em; color: var(--ink); }
.es-widget .es-lead { margin: 3px 0 0; color: var(--muted); font-size: 14px; max-width: 46rem; }
.es-widget .es-row { display: flex; flex-wrap: wrap; gap: 8px 10px; align-items: end;
  margin: 12px 0 0; }
.es-widget .es-row.es-middle { align-items: center; }
.es-widget label { display: inline-flex; flex-direction: column; gap: 2px; font-size: 12px;
  color: var(--muted); }
.es-widget label.es-check { flex-direction: row; gap: 6px; align-items: center; font-size: 14px;
  color: var(--ink); min-height: 32px; }
.es-widget input:not([type="checkbox"]):not([type="range"]), .es-widget select,
.es-widget button { font: inherit; font-size: 14px; color: var(--ink); background: var(--card);
  border: 1px solid var(--shade); border-radius: 6px; min-height: 32px; padding: 3px 9px; margin: 0; }
.es-widget input[type="number"] { width: 5.2em; }
.es-widget input[type="checkbox"] { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); }
.es-widget input[type="range"] { accent-color: var(--accent); min-height: 32px; margin: 0; }
.es-widget button { cursor: pointer; background: var(--soft); font-weight: 550; }
.es-widget button:hover:not(:disabled):not([aria-pressed="true"]) { border-color: var(--accent); color: var(--accent); }
.es-widget button:disabled { opacity: 0.5; cursor: default; }
.es-widget button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent);
  color: var(--card); }
.es-widget :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.es-widget .es-scroll { overflow-x: auto; max-width: 100%; margin-top: 12px; position: relative; }
.es-widget .es-note { margin: 10px 0 0; padding: 7px 11px; border-left: 3px solid var(--shade);
  background: var(--soft); border-radius: 0 6px 6px 0; font-size: 14px; max-width: 46rem; }
.es-widget .es-note.es-warn { border-color: var(--warn); color: var(--ink); }
.es-widget .es-note:empty, .es-widget [hidden] { display: none !important; }
.es-widget .es-small { font-size: 12px; color: var(--muted); }
.es-widget .es-heading { font-size: 14px; font-weight: 650; margin: 14px 0 0; color: var(--ink); }
.es-widget .es-legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 10px 0 0; padding: 0;
  list-style: none; font-size: 12px; color: var(--muted); }
.es-widget .es-legend li { overflow-wrap: normal; display: inline-flex; align-items: center; gap: 6px; margin: 0; }
.es-widget .es-key { width: 14px; height: 14px; border-radius: 3px; display: inline-flex;
  align-items: center; justify-content: center; font-size: 11px; line-height: 1; flex: none; }
.es-widget svg { display: block; font-family: inherit; overflow: visible; }
.es-widget svg text { fill: var(--muted); font-size: 12px; }
`;

/** An element with attributes, listeners (`onclick`) and children. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  set(node, attributes);
  for (const child of children) node.append(child);
  return node;
}

/** Change attributes where they differ; null takes one away. `text` is the text of the node. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      const text = value === null || value === undefined ? "" : String(value);
      if (node.textContent !== text) node.textContent = text;
    } else if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else if (["value", "checked", "disabled", "hidden"].includes(name) && name in node) {
      if (node[name] !== value) node[name] = value;
    } else if (value === null || value === undefined || value === false) {
      if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== String(value)) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  return node;
}

/** Children of one kind: as many as are asked for, made when first needed and kept. */
export function pool(parent, make) {
  const made = [];
  return (count) => {
    while (made.length < count) {
      const node = make(made.length);
      made.push(node);
      parent.append(node.root ?? node);
    }
    made.forEach((node, place) => shown(node.root ?? node, place < count));
    return made.slice(0, count);
  };
}

/** Show or hide. */
export function shown(node, whether) {
  if (node instanceof SVGElement) node.style.display = whether ? "" : "none";
  else if (node.hidden === whether) node.hidden = !whether;
}

/** The frame of a picture: style, title, sentence; `on` listens until `close`. */
export function frame(el, title, lead, label) {
  const root = h("section", { class: "es-widget", "aria-label": label || title });
  const heading = h("p", { class: "es-title", role: "heading", "aria-level": 3, text: title });
  const below = h("p", { class: "es-lead", text: lead });
  root.append(h("style", { text: STYLE }), heading, below);
  el.append(root);
  const closing = [];
  return {
    root,
    say: (titled, text) => {
      set(heading, { text: titled });
      set(below, { text, hidden: !text });
    },
    add: (...nodes) => root.append(...nodes),
    closing: (step) => closing.push(step),
    listen: (target, name, call) => {
      target.addEventListener(name, call);
      closing.push(() => target.removeEventListener(name, call));
    },
    hear: (model, name, call) => {
      model.on(name, call);
      closing.push(() => model.off(name, call));
    },
    close: () => {
      for (const step of closing.splice(0)) step();
      root.remove();
    },
  };
}

/** Call when the width of the frame changes, with it in pixels; once at the beginning, too. */
export function onWidth(shell, call) {
  let last = 0;
  const look = () => {
    const inner = Math.floor(shell.root.clientWidth - 32);
    if (inner > 0 && inner !== last) call((last = inner));
  };
  const watch = new ResizeObserver(look);
  watch.observe(shell.root);
  shell.closing(() => watch.disconnect());
  look();
}

/** Call when the colours may have changed. */
export function onColours(shell, call) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  shell.listen(dark, "change", call);
  const watch = new MutationObserver(call);
  const attributes = { attributes: true, attributeFilter: ["class", "data-theme", "theme", "data-jp-theme-light"] };
  watch.observe(document.documentElement, attributes);
  if (document.body) watch.observe(document.body, attributes);
  shell.closing(() => watch.disconnect());
}

/** The colour of a variable as red, green and blue. */
export function colour(node, name) {
  const text = getComputedStyle(node).getPropertyValue(name).trim();
  const digits = text.replace("#", "");
  return [0, 2, 4].map((place) => parseInt(digits.slice(place, place + 2), 16) || 0);
}

/** A control with a name; `input` gets its attributes. */
export function field(name, input) {
  return h("label", {}, h("span", { text: name }), input);
}

/** A tick box with its name beside it. */
export function tick(name, call, checked = false) {
  const box = h("input", { type: "checkbox", onchange: () => call(box.checked) });
  box.checked = checked;
  return { root: h("label", { class: "es-check" }, box, h("span", { text: name })), box };
}

export const percent = (share, digits = 1) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)}\u00a0%`;

export const short = (number) =>
  number === null || number === undefined || !Number.isFinite(number)
    ? "–"
    : Math.abs(number) >= 1e4 || (number !== 0 && Math.abs(number) < 1e-3)
      ? number.toExponential(1)
      : String(Number(number.toPrecision(3)));

export const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** Numbers of one list in words: "1, 2 and 5". */
export function listed(values, most = 12) {
  const texts = values.slice(0, most).map(String);
  if (values.length > most) return `${texts.join(", ")} and ${values.length - most} more`;
  return texts.length > 1 ? `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}` : texts.join("");
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
