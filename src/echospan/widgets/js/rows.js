// Row arithmetic: which past values the row of a batch can know, batch after batch.
import { frame, h, set, pool, shown, onWidth, field, tick, many, clamp } from "./shared.js";
import { LIMITS, settled, batches, sights, standing } from "./arithmetic.js";
import { MARKS, MEANS, OWN } from "./looks.js";

const NAMES = {
  length: "series length (steps)",
  batch_size: "batch size (rows)",
  window: "window (steps)",
  lag: "lag (steps)",
};

export function render({ model, el }) {
  const shell = frame(el, "Row arithmetic", "");
  shell.root.classList.add("es-rows");
  let settings = settled({ ...(model.get("data")?.settings ?? {}), ...(model.get("settings") ?? {}) });
  let [row, timer, width] = [0, null, 600];
  let laid = [];
  let seen = [];

  const put = (changes) => {
    settings = settled({ ...settings, ...changes });
    model.set("settings", settings);
    model.save_changes();
    count();
    draw();
  };
  const knob = (name) =>
    h("input", {
      type: "number",
      min: LIMITS[name][0],
      max: LIMITS[name][1],
      step: 1,
      onchange: (event) => put({ [name]: Number(event.target.value), step: name === "lag" ? settings.step : 0 }),
    });
  const choice = (name, options) =>
    h(
      "select",
      { onchange: (event) => put({ [name]: event.target.value }) },
      ...Object.entries(options).map(([value, text]) => h("option", { value, text })),
    );
  const knobs = Object.fromEntries(Object.keys(NAMES).map((name) => [name, knob(name)]));
  knobs.rows = choice("rows", { consecutive: "consecutive samples", aligned: "aligned: a series a row" });
  knobs.reset = choice("reset", { batch: "before each batch", epoch: "before each epoch", never: "never" });
  const mixed = tick("shuffle", (whether) => put({ shuffle: whether }));
  shell.add(
    h(
      "div",
      { class: "es-row" },
      ...Object.entries(NAMES).map(([name, text]) => field(text, knobs[name])),
      field("rows of a batch", knobs.rows),
      field("state returns to zero", knobs.reset),
      mixed.root,
    ),
  );

  // Batch after batch.
  const slider = h("input", {
    type: "range",
    min: 0,
    "aria-label": "Batch",
    oninput: () => put({ step: Number(slider.value) }),
  });
  const play = h("button", { text: "Play", onclick: () => (timer ? stop() : start()) });
  const place = h("span", { "aria-live": "polite" });
  const step = (by) => put({ step: clamp(settings.step + by, 0, Math.max(0, laid.length - 1)) });
  shell.add(
    h(
      "div",
      { class: "es-row es-middle" },
      h("button", { text: "‹", "aria-label": "Batch before", onclick: () => step(-1) }),
      slider,
      h("button", { text: "›", "aria-label": "Next batch", onclick: () => step(1) }),
      play,
      place,
    ),
  );
  const total = h("p", { class: "es-note", role: "status" });
  shell.add(total);
  function start() {
    if (settings.step >= laid.length - 1) put({ step: 0 });
    timer = setInterval(() => (settings.step >= laid.length - 1 ? stop() : step(1)), 600);
    set(play, { text: "Pause" });
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    set(play, { text: "Play" });
  }
  shell.closing(stop);

  // The grid of batches and rows.
  const grid = h("div", { class: "es-grid", role: "grid", "aria-label": "Rows of the batches" });
  const lines = pool(grid, () => {
    const name = h("span", { class: "es-name", role: "rowheader" });
    const root = h("div", { role: "row", style: "display:contents" }, name);
    const cells = pool(root, () => {
      const [text, mark] = [h("span", {}), h("b", {})];
      return { root: h("button", { role: "gridcell" }, text, mark), text, mark };
    });
    return { root, name, cells };
  });
  const top = h(
    "div",
    { role: "row", style: "display:contents" },
    h("span", { class: "es-name", role: "columnheader", text: "row \\ batch" }),
  );
  const tops = pool(top, (at) => h("span", { class: "es-name es-top", role: "columnheader", text: at }));
  grid.append(top);
  const scroll = h("div", { class: "es-scroll" }, grid);
  shell.listen(grid, "click", (event) => {
    const cell = event.target.closest("button");
    if (!cell) return;
    row = Number(cell.dataset.row);
    put({ step: Number(cell.dataset.batch) });
  });
  shell.listen(grid, "keydown", (event) => {
    const [down, right] = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      Home: [0, -99],
      End: [0, 99],
    }[event.key] ?? [0, 0];
    if (!down && !right) return;
    event.preventDefault();
    row = clamp(row + down, 0, settings.batch_size - 1);
    step(right);
    grid.querySelector('[aria-selected="true"]')?.focus();
  });
  const legend = h(
    "ul",
    { class: "es-legend" },
    ...Object.entries(MARKS).map(([name, mark]) =>
      h("li", {}, h("span", { class: "es-key", "data-state": name, text: mark }), h("span", { text: MEANS[name] })),
    ),
  );
  shell.add(scroll, legend);

  // What the rows of this batch know.
  const heading = h("p", { class: "es-heading" });
  const strips = h("div", { class: "es-strips", style: "grid-template-columns:auto auto" });
  const strip = () => {
    const name = h("span", { class: "es-name" });
    const root = h("div", { class: "es-strip", role: "img" });
    strips.append(name, root);
    return { name, root: root, squares: pool(root, () => h("i", {})) };
  };
  const stripped = [];
  const axis = {
    name: h("span", { class: "es-name es-last", text: "step" }),
    root: h("div", { class: "es-strip es-axis es-last", "aria-hidden": "true" }),
  };
  const marks = pool(axis.root, () => h("i", {}));
  strips.append(axis.name, axis.root);
  const told = h("p", { class: "es-lead", "aria-live": "polite" });
  const moved = h("div", { class: "es-scroll" }, strips);
  shell.add(
    heading,
    moved,
    h(
      "ul",
      { class: "es-legend" },
      h(
        "li",
        {},
        h("span", { class: "es-key", style: "background:var(--fig-blue)" }),
        h("span", { text: "in the sample" }),
      ),
      h(
        "li",
        {},
        h("span", { class: "es-key", style: "background:var(--fig-green)" }),
        h("span", { text: "in the inherited state" }),
      ),
      h(
        "li",
        {},
        h("span", { class: "es-key", style: "box-shadow:inset 0 0 0 2px var(--ink)" }),
        h("span", { text: "needed, and known" }),
      ),
      h(
        "li",
        {},
        h("span", { class: "es-key", style: "box-shadow:inset 0 0 0 2px var(--warn)" }),
        h("span", { text: "needed, and not known" }),
      ),
    ),
    told,
    h("style", { text: OWN }),
  );

  function count() {
    laid = batches(settings);
    seen = sights(laid, settings.reset !== "batch");
    settings.step = clamp(settings.step, 0, Math.max(0, laid.length - 1));
    row = clamp(row, 0, settings.batch_size - 1);
  }
  const span = (sample) => (sample.inputs.length > 1 ? `${sample.inputs[0]}–${sample.step}` : `x(${sample.step})`);

  function draw() {
    const { lag, step: now, batch_size: rows } = settings;
    for (const [name, input] of Object.entries(knobs)) set(input, { value: String(settings[name]) });
    mixed.box.checked = settings.shuffle;
    set(slider, { max: Math.max(0, laid.length - 1), value: String(now) });
    set(place, { text: laid.length ? `batch ${now} of 0 to ${laid.length - 1}` : "no batch" });
    set(play, { disabled: laid.length < 2 });
    shell.say(
      "Row arithmetic",
      "Row j of a batch inherits the state that row j of the batch before left behind. Does that state hold the value that the answer needs?",
    );
    grid.style.gridTemplateColumns = `auto repeat(${Math.max(1, laid.length)}, 46px)`;
    tops(laid.length);
    lines(laid.length ? rows : 0).forEach((line, at) => {
      set(line.name, { text: `row ${at}` });
      line.root.style.display = "contents";
      line.cells(laid.length).forEach((cell, update) => {
        const is = standing(seen[update][at], lag);
        const late = update > now;
        const here = update === now && at === row;
        set(cell.text, { text: span(laid[update][at]) });
        set(cell.mark, { text: late ? "·" : MARKS[is] });
        set(cell.root, {
          "data-state": late ? "later" : is,
          "data-row": at,
          "data-batch": update,
          "aria-selected": String(here),
          tabindex: here ? 0 : -1,
          "aria-label": `Batch ${update}, row ${at}: answer at step ${laid[update][at].step}${late ? "" : `, ${MEANS[is]}`}`,
        });
      });
    });
    const all = seen.flat().map((sight) => standing(sight, lag));
    const of = (name) => all.filter((one) => one === name).length;
    const scored = all.length - of("unscored");
    set(total, {
      class: of("blind") ? "es-note es-warn" : "es-note",
      text: laid.length
        ? `In one epoch, ${many(scored, "answer")} need the value at lag ${lag}: ${of("inside")} have it in the sample, ${of("inherited")} through the state, and for ${of("blind")} it never arrives.` +
          (settings.shuffle && settings.reset !== "batch"
            ? " With shuffling a row inherits the state of an unrelated sample: what arrives, arrives by chance."
            : "")
        : `A batch of ${rows} rows is larger than the ${many(settings.length - Math.max(settings.window > 1 ? settings.window : 0, lag), "sample")} of this series: choose a smaller batch size.`,
    });
    drawStrips();
  }

  function drawStrips() {
    const { lag, length, step: now, batch_size: rows } = settings;
    const batch = laid[now] ?? [];
    set(heading, { text: batch.length ? `What the rows of batch ${now} know` : "" });
    while (stripped.length < rows) stripped.push(strip());
    const each = clamp(Math.floor((width - (settings.rows === "aligned" ? 110 : 60)) / length) - 1, 16, 24);
    stripped.forEach((one, at) => {
      const sight = batch[at] ? seen[now][at] : null;
      shown(one.root, Boolean(sight));
      shown(one.name, Boolean(sight));
      if (!sight) return;
      set(one.name, {
        "data-chosen": at === row ? "yes" : null,
        text: `row ${at}${settings.rows === "aligned" ? `, series ${sight.sequence}` : ""}`,
      });
      set(one.root, { "aria-label": `Row ${at}: answer at step ${sight.step}, ${MEANS[standing(sight, lag)]}` });
      one.squares(length).forEach((square, place) => {
        const back = sight.step - place;
        const held = sight.inside.includes(back) ? "sample" : sight.inherited.includes(back) ? "state" : null;
        set(square, {
          "data-of": held,
          "data-needed": back === lag ? (held ? "yes" : "no") : null,
          style: `width:${each}px`,
          text: back === 0 ? "?" : back === lag ? (held ? "✓" : "✕") : "",
        });
      });
    });
    shown(axis.root, batch.length > 0);
    shown(axis.name, batch.length > 0);
    const every = length > 30 ? 5 : length > 16 ? 2 : 1;
    marks(length).forEach((mark, place) => set(mark, { style: `width:${each}px`, text: place % every ? "" : place }));
    const sight = batch[row] ? seen[now][row] : null;
    // The answer stays in sight where the series is wider than the picture.
    if (sight) moved.scrollLeft = Math.max(0, (sight.step + 2) * (each + 1) + 60 - width);
    set(told, { text: sight ? story(sight) : "" });
  }
  function story(sight) {
    const { lag, step: now } = settings;
    const needs =
      sight.step < lag
        ? "it has no target, since the needed value lies before the series"
        : `it needs x(${sight.step - lag}), lag ${lag}: ${MEANS[standing(sight, lag)]}`;
    const held = sight.inherited.map((back) => sight.step - back).reverse();
    const few = held.length > 6 ? `${held.slice(0, 2).join(", ")} … ${held.slice(-2).join(", ")}` : held.join(", ");
    const past =
      !now || settings.reset === "batch"
        ? "starts from a zero state"
        : held.length
          ? `inherits a state that has seen steps ${few} of this series`
          : "inherits a state that has seen nothing of this series up to here";
    return `Row ${row} of batch ${now} answers at step ${sight.step} (“?”). It ${past}; ${needs}.`;
  }
  shell.hear(model, "change:settings", () => {
    settings = settled({ ...settings, ...(model.get("settings") ?? {}) });
    count();
    draw();
  });
  shell.hear(model, "change:data", () => {
    settings = settled({ ...settings, ...(model.get("data")?.settings ?? {}) });
    count();
    draw();
  });
  count();
  onWidth(shell, (wide) => {
    width = wide;
    draw();
  });
  draw();
  return shell.close;
}

export default { render };
