// Accuracy by lag: models side by side, with intervals over seeds.
import { frame, h, svg, set, pool, shown, onWidth, field, tick, percent, many, clamp } from "./shared.js";

const COLOURS = ["--fig-blue", "--fig-orange", "--fig-green", "--fig-purple", "--fig-gold", "--ink"];
const SHAPES = [
  (x, y, r) => `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0`,
  (x, y, r) => `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (x, y, r) => `M${x},${y - r * 1.3}l${r * 1.2},${r * 2.2}h${-r * 2.4}z`,
  (x, y, r) => `M${x},${y - r * 1.4}l${r * 1.4},${r * 1.4}l${-r * 1.4},${r * 1.4}l${-r * 1.4},${-r * 1.4}z`,
  (x, y, r) => `M${x},${y + r * 1.3}l${r * 1.2},${-r * 2.2}h${-r * 2.4}z`,
];
const SHOWN = { mean: "mean over seeds, interval of the mean", median: "median seed, its own interval" };

const OWN = `
.es-accuracy .es-plot { margin-top: 10px; position: relative; }
.es-accuracy .es-plot svg { width: 100%; }
.es-accuracy .es-plot svg text.es-ink { fill: var(--ink); }
.es-accuracy .es-models { display: flex; flex-wrap: wrap; gap: 0 16px; margin-top: 8px; }
.es-accuracy .es-models svg { width: 26px; height: 14px; flex: none; }
.es-accuracy .es-tip { min-height: 20px; margin: 6px 0 0; font-size: 14px; max-width: none; display: grid; gap: 2px; color: var(--ink); }
.es-accuracy .es-tip span { overflow-wrap: anywhere; }
`;

/** What is drawn of one lag of a model: the share, its interval, and whose it is. */
export function drawn(row, show) {
  if (show === "mean" && row.mean !== null && row.mean !== undefined) {
    return { share: row.mean, interval: row.over_seeds ?? (row.seeds?.length > 1 ? null : row.interval) };
  }
  return { share: row.accuracy, interval: row.interval };
}

const LEVELS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
const logit = (share) => Math.log(share / (1 - share));

/** Distances that read well on the axis, few enough for the room. */
function ticksOf(lags, most) {
  const kept = [];
  const every = Math.max(1, Math.ceil(lags.length / most));
  lags.forEach((lag, place) => (place % every === 0 || place === lags.length - 1) && kept.push(lag));
  return kept;
}

export function render({ model, el }) {
  const shell = frame(el, "Accuracy by lag", "");
  shell.root.classList.add("es-accuracy");
  let settings = { show: "mean", log: null, stretch: true, seeds: true, hidden: [], ...(model.get("settings") ?? {}) };
  let [width, at] = [600, null];
  const put = (changes) => {
    settings = { ...settings, ...changes };
    model.set("settings", settings);
    model.save_changes();
    draw();
  };
  const show = h(
    "select",
    { onchange: () => put({ show: show.value }) },
    ...Object.entries(SHOWN).map(([value, text]) => h("option", { value, text })),
  );
  const log = tick("logarithmic lags", (whether) => put({ log: whether }));
  const wide = tick("stretched near 0 and 100\u00a0%", (whether) => put({ stretch: whether }), true);
  const dots = tick("single seeds", (whether) => put({ seeds: whether }), true);
  shell.add(h("div", { class: "es-row" }, field("drawn", show), log.root, wide.root, dots.root));
  const models = h("div", { class: "es-models", role: "group", "aria-label": "Models" });
  const legend = pool(models, (place) => {
    const box = tick(
      "",
      (whether) =>
        put({ hidden: whether ? settings.hidden.filter((one) => one !== place) : [...settings.hidden, place] }),
      true,
    );
    const mark = svg(
      "svg",
      { viewBox: "0 0 26 14", "aria-hidden": "true" },
      svg("path", { d: "M0,7H26", "stroke-width": 2 }),
      svg("path", {}),
    );
    box.root.insertBefore(mark, box.root.lastChild);
    return { ...box, mark };
  });

  // The plot: layers made once, marks kept in pools.
  const picture = svg("svg", { role: "img", tabindex: 0 });
  const layer = (made) => {
    const group = svg("g");
    picture.append(group);
    return pool(group, made);
  };
  const grids = layer(() => svg("line", { stroke: "var(--line)" }));
  const levels = layer(() => svg("line", { stroke: "var(--muted)", "stroke-dasharray": "5 4" }));
  const cursor = svg("line", { stroke: "var(--accent)", "stroke-width": 1.5 });
  picture.append(cursor);
  const bars = layer(() => svg("line", { "stroke-width": 3.5, "stroke-opacity": 0.4 }));
  const lines = layer(() => svg("polyline", { fill: "none", "stroke-width": 1.8 }));
  const rings = layer(() => svg("circle", { r: 3, fill: "none", "stroke-width": 1.1 }));
  const marks = layer(() => svg("path", { "stroke-width": 1.6 }));
  const texts = layer(() => svg("text"));
  const plot = h("div", { class: "es-plot" });
  plot.append(picture);
  const tip = h("p", { class: "es-tip es-lead", "aria-live": "polite" });
  const tips = pool(tip, () => h("span", {}));
  shell.add(models, plot, tip, h("style", { text: OWN }));
  let places = { lags: [], x: () => 0 };

  function draw() {
    const data = model.get("data") ?? {};
    const own = data.models ?? [];
    const r2 = data.scored_as === "R2";
    const seeded = own.some((one) => one.lags.some((row) => (row.seeds?.length ?? 0) > 1));
    shell.say(data.title || "Accuracy by lag", data.about || "");
    set(show, { value: settings.show });
    shown(show.parentNode, seeded);
    shown(dots.root, seeded);
    dots.box.checked = settings.seeds;
    legend(own.length).forEach((one, place) => {
      const ink = `var(${COLOURS[place % COLOURS.length]})`;
      set(one.root.lastChild, { text: own[place].name });
      set(one.mark.firstChild, { stroke: ink });
      set(one.mark.lastChild, { fill: ink, d: SHAPES[place % SHAPES.length](13, 7, 4) });
      one.box.checked = !settings.hidden.includes(place);
    });
    const visible = own.map((one, place) => ({ ...one, place })).filter((one) => !settings.hidden.includes(one.place));
    const lags = [...new Set(own.flatMap((one) => one.lags.map((row) => row.lag)))].sort((a, b) => a - b);
    const logged = settings.log ?? lags.at(-1) > 40;
    log.box.checked = logged;
    const [left, right, top, bottom] = [62, 14, 12, 46];
    const high = clamp(Math.round(width * 0.48), 240, 380);
    const inner = [left + 18, width - right - 18];
    const of = (lag) => (logged ? Math.log2(lag + 1) : lag);
    const [least, most] = [of(lags[0] ?? 0), of(lags.at(-1) ?? 1)];
    const x = (lag) =>
      most === least
        ? (inner[0] + inner[1]) / 2
        : inner[0] + ((of(lag) - least) / (most - least)) * (inner[1] - inner[0]);
    const values = own
      .flatMap((one) => one.lags.flatMap((row) => [row.accuracy, row.mean, ...(row.interval ?? [])]))
      .filter((one) => Number.isFinite(one));
    const floor = r2 ? Math.min(0, Math.floor(Math.min(0, ...values) * 5) / 5) : 0;
    const stretched = settings.stretch && !r2;
    wide.box.checked = settings.stretch;
    shown(wide.root, !r2);
    const drawnValues = [...values, data.chance, data.threshold].filter((one) => Number.isFinite(one));
    const lowest = stretched ? clamp(Math.min(...drawnValues) * 0.7, 0.001, 0.2) : floor;
    const scaled = (share) => (stretched ? logit(clamp(share, lowest, 0.9995)) : clamp(share, floor, 1));
    const [under, above] = [scaled(lowest), scaled(1)];
    const y = (share) => top + ((above - scaled(share)) / (above - under)) * (high - top - bottom);
    set(picture, { viewBox: `0 0 ${width} ${high}`, height: high });
    places = { lags, x, own, visible };

    const shares = stretched
      ? LEVELS.filter((level) => level >= lowest)
      : Array.from({ length: 6 }, (_, place) => floor + ((1 - floor) * place) / 5);
    grids(shares.length).forEach((line, place) =>
      set(line, { x1: left, x2: width - right, y1: y(shares[place]), y2: y(shares[place]) }),
    );
    const known = [
      ["chance", data.chance],
      ["threshold", data.threshold],
    ].filter(([, share]) => Number.isFinite(share));
    levels(known.length).forEach((line, place) =>
      set(line, { x1: left, x2: width - right, y1: y(known[place][1]), y2: y(known[place][1]) }),
    );
    const ticks = ticksOf(lags, Math.max(3, Math.floor(width / 48)));
    const written = [
      ...shares.map((share) => ({
        text: r2 ? share.toFixed(1) : Number((100 * share).toFixed(1)),
        x: left - 8,
        y: y(share) + 4,
        "text-anchor": "end",
      })),
      ...(stretched ? [{ text: "≥99.95", x: left - 8, y: y(1) + 4, "text-anchor": "end" }] : []),
      ...ticks.map((lag) => ({ text: lag, x: x(lag), y: high - bottom + 20, "text-anchor": "middle" })),
      {
        text: data.distance === "lag" || !data.distance ? "lag (steps)" : data.distance,
        x: (inner[0] + inner[1]) / 2,
        y: high - 6,
        "text-anchor": "middle",
      },
      {
        text: r2 ? "R2, variance explained" : stretched ? "accuracy (%, logit scale)" : "accuracy (%)",
        x: 0,
        y: 0,
        "text-anchor": "middle",
        transform: `translate(12 ${(top + high - bottom) / 2}) rotate(-90)`,
      },
      ...known.map(([name, share]) => ({
        text: `${name} ${r2 ? share.toFixed(2) : percent(share)}`,
        x: left + 4,
        y: y(share) + (name === "threshold" ? 14 : -5),
        "text-anchor": "start",
      })),
    ];
    texts(written.length).forEach((text, place) => set(text, { transform: null, ...written[place] }));

    const gaps = lags.slice(1).map((lag, place) => x(lag) - x(lags[place]));
    const aside = Math.min(7, (0.7 * Math.min(60, ...gaps)) / Math.max(1, visible.length));
    const points = visible
      .flatMap((one, order) =>
        one.lags.map((row) => ({
          row,
          one,
          ...drawn(row, settings.show),
          x: x(row.lag) + (order - (visible.length - 1) / 2) * aside,
        })),
      )
      .filter((point) => Number.isFinite(point.share));
    const ink = (point) => `var(${COLOURS[point.one.place % COLOURS.length]})`;
    const ranged = points.filter((point) => point.interval);
    bars(ranged.length).forEach((bar, place) => {
      const point = ranged[place];
      set(bar, {
        x1: point.x,
        x2: point.x,
        y1: y(point.interval[0]),
        y2: Math.min(y(point.interval[1]), y(point.interval[0]) - 1),
        stroke: ink(point),
      });
    });
    lines(visible.length).forEach((line, place) => {
      const mine = points.filter(
        (point) => point.one.place === visible[place].place && point.row.outcome !== "undecided",
      );
      set(line, {
        points: mine.map((point) => `${point.x.toFixed(1)},${y(point.share).toFixed(1)}`).join(" "),
        stroke: `var(${COLOURS[visible[place].place % COLOURS.length]})`,
      });
    });
    const single =
      settings.seeds && seeded
        ? points.flatMap((point) =>
            (point.row.seeds ?? [])
              .filter((seed) => Number.isFinite(seed.accuracy))
              .map((seed) => ({ ...point, seed })),
          )
        : [];
    rings(single.length).forEach((ring, place) =>
      set(ring, { cx: single[place].x, cy: y(single[place].seed.accuracy), stroke: ink(single[place]) }),
    );
    marks(points.length).forEach((mark, place) => {
      const point = points[place];
      set(mark, {
        d: SHAPES[point.one.place % SHAPES.length](Number(point.x.toFixed(1)), Number(y(point.share).toFixed(1)), 4.2),
        stroke: ink(point),
        fill: point.row.outcome === "undecided" ? "var(--card)" : ink(point),
      });
    });
    const told = visible
      .map(
        (one) =>
          `${one.name}: ${one.lags.map((row) => `lag ${row.lag} ${percent(drawn(row, settings.show).share)}`).join(", ")}`,
      )
      .join("; ");
    set(picture, { "aria-label": `Accuracy by lag. ${told}. Arrow keys move from lag to lag.` });
    look(at);
  }

  function look(place) {
    at = place === null || !places.lags.length ? null : clamp(place, 0, places.lags.length - 1);
    const lag = at === null ? null : places.lags[at];
    shown(cursor, lag !== null);
    if (lag === null)
      return tips(1).forEach((line) =>
        set(line, { text: "Point at a lag, or press an arrow key, to read its numbers." }),
      );
    set(cursor, { x1: places.x(lag), x2: places.x(lag), y1: 12, y2: Number(picture.getAttribute("height")) - 46 });
    const rows = places.visible.map((one) => [one, one.lags.find((row) => row.lag === lag)]);
    tips(rows.length + 1).forEach((line, which) => {
      if (!which) return set(line, { text: `Lag ${lag}`, style: "font-weight:650" });
      const [one, row] = rows[which - 1];
      if (!row) return set(line, { text: `${one.name}: not measured`, style: null });
      const { share, interval } = drawn(row, settings.show);
      const ends = interval ? ` (${percent(interval[0])} to ${percent(interval[1])})` : "";
      const seeds = row.seeds?.length ? `, ${many(row.seeds.length, "seed")}` : "";
      return set(line, {
        text: `${one.name}: ${percent(share)}${ends}${seeds}${row.outcome ? `, ${row.outcome}` : ""}`,
        style: null,
      });
    });
  }
  shell.listen(picture, "pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const away = places.lags.map((lag) => Math.abs(places.x(lag) - x));
    look(away.indexOf(Math.min(...away)));
  });
  shell.listen(picture, "keydown", (event) => {
    const last = places.lags.length - 1;
    const next = { ArrowRight: (at ?? -1) + 1, ArrowLeft: (at ?? last + 1) - 1, Home: 0, End: last, Escape: null }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    look(next);
  });
  shell.hear(model, "change:data", draw);
  shell.hear(model, "change:settings", () => {
    settings = { ...settings, ...(model.get("settings") ?? {}) };
    draw();
  });
  onWidth(shell, (wide) => {
    width = wide;
    draw();
  });
  draw();
  return shell.close;
}

export default { render };
