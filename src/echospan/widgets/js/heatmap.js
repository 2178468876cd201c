// A heat map on a canvas: a column a step, a line a unit.
import { h, set, shown, colour, short, many } from "./shared.js";

/** Pixels of a step. */
export const COLUMN = 36;
/** What a map may show, by its name in a step. */
export const MAPS = {
  hidden: "hidden state",
  cell: "cell state",
  input: "input gate",
  forget: "forget gate",
  output: "output gate",
  candidate: "candidate",
  update: "update gate",
  reset: "reset gate",
};

/** Rows of a heat map as one canvas: a column a step, a line a unit. */
export function heatMap(shell, name, title, focus) {
  const canvas = h("canvas", { class: "es-map", role: "img", tabindex: 0 });
  const label = h(
    "div",
    { class: "es-side" },
    h("span", { text: title }),
    h("span", { class: "es-small", text: "unit" }),
  );
  const root = h("div", { class: "es-line" }, label, canvas);
  let extent = 1;
  function draw(steps, difference) {
    const rows = steps.map((step) => (name in step ? step[name] : step.gates?.[name]) ?? null);
    const units = rows.find((row) => row)?.length ?? 0;
    shown(root, units > 0);
    if (!units) return;
    const most = name === "hidden" || name === "cell" ? 200 : 110;
    const each = Math.max(2, Math.min(9, Math.floor(most / units)));
    const [wide, high] = [steps.length * COLUMN, units * each];
    const scale = window.devicePixelRatio || 1;
    set(canvas, { style: `width:${wide}px;height:${high}px` });
    [canvas.width, canvas.height] = [Math.round(wide * scale), Math.round(high * scale)];
    const [paper, plus, minus] = ["--card", "--fig-orange", "--fig-blue"].map((one) => colour(shell.root, one));
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    extent = 1e-9;
    for (const row of rows) for (const value of row ?? []) extent = Math.max(extent, Math.abs(value));
    rows.forEach((row, at) =>
      row?.forEach((value, unit) => {
        const share = Math.min(1, Math.abs(value) / extent) ** 0.8;
        const end = value < 0 ? minus : plus;
        pen.fillStyle = `rgb(${paper.map((part, place) => Math.round(part + (end[place] - part) * share)).join(",")})`;
        pen.fillRect(at * COLUMN + 1, unit * each, COLUMN - 2, each - (each > 3 ? 0.5 : 0));
      }),
    );
    const what = difference ? `change of the ${title}` : title;
    set(label.firstChild, { text: what });
    set(label.lastChild, { text: `units 0 to ${units - 1}; ±${short(extent)}` });
    set(canvas, {
      "aria-label": `Heat map of the ${what}: ${many(units, "unit")} over ${many(steps.length, "step")}, from ${short(-extent)} to ${short(extent)}`,
    });
  }
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [Math.floor((event.clientX - box.left) / COLUMN), (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointermove", (event) => focus(name, ...spot(event)));
  canvas.addEventListener("pointerleave", () => focus(null));
  return { root, draw };
}
