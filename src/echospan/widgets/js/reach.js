// Reach map: which past inputs change an answer, and which the gradient reaches.
import { frame, h, set, pool, shown, onWidth, short, clamp } from "./shared.js";

const TRACKS = { forward: "input affects the output", gradient: "gradient reaches the input" };
const SAID = { true: "yes", false: "no", null: "not probed" };
const MARKS = { true: "●", false: "✕", null: "" };

const OWN = `
.es-reach .es-map { display: grid; gap: 3px 2px; width: max-content; align-items: center; }
.es-reach .es-name { font-size: 12px; color: var(--muted); line-height: 1.2; position: sticky; left: 0; background: var(--card); padding-right: 8px; width: 112px; z-index: 1; }
.es-reach .es-tile { min-height: 34px; padding: 0; border-radius: 4px; border: 0; font-size: 14px; background: var(--fig-tile); color: var(--muted); width: 100%; }
.es-reach .es-tile[data-got="true"] { background: var(--fig-hit); color: var(--fig-blue); }
.es-reach .es-tile[data-got="false"] { background: var(--fig-miss); color: var(--fig-orange); }
.es-reach .es-tile[data-needed="yes"] { box-shadow: inset 0 0 0 2px var(--ink); }
.es-reach .es-strength { height: 56px; display: flex; align-items: end; background: var(--fig-tile); border-radius: 4px; overflow: hidden; }
.es-reach .es-strength span { display: block; width: 100%; background: var(--fig-purple); }
.es-reach .es-lag { font-size: 12px; color: var(--muted); text-align: center; white-space: nowrap; }
.es-reach .es-lag[data-needed="yes"] { color: var(--ink); font-weight: 700; }
.es-reach .es-axis { font-size: 12px; color: var(--muted); text-align: center; }
`;

/** Height of a gradient's bar: the largest is 1, a thousandth of it and less is 0. */
export const height = (strength) => (strength > 0 ? clamp(1 + Math.log10(strength) / 3, 0, 1) : 0);

function pairOf(shell, keep) {
  const title = h("p", { class: "es-heading" });
  const map = h("div", { class: "es-map", role: "grid" });
  const line = (text, make) => {
    const name = h("span", { class: "es-name", role: "rowheader", text });
    const root = h("div", { role: "row", style: "display:contents" }, name);
    map.append(root);
    return { root, cells: pool(root, make) };
  };
  const tiles = Object.entries(TRACKS).map(([name, text]) => ({
    name,
    ...line(text, () => h("button", { class: "es-tile", role: "gridcell" })),
  }));
  const strength = line("gradient over the largest (log, 0.001 to 1)", () =>
    h("div", { class: "es-strength", role: "gridcell" }, h("span", {})),
  );
  const lags = line("lag (steps back from the output)", () => h("span", { class: "es-lag", role: "gridcell" }));
  const told = h("p", { class: "es-lead", "aria-live": "polite" });
  const root = h("div", {}, title, h("div", { class: "es-scroll" }, map), told);
  let [own, at] = [null, [0, 0]];

  function look(track, place) {
    const one = own.lags[place];
    if (!one) return;
    const back =
      one.lag === 0 ? "The newest input (lag 0)" : `The input ${one.lag} step${one.lag === 1 ? "" : "s"} back`;
    const size = one.strength === null || one.strength === undefined ? "" : `, ${short(one.strength)} of the largest`;
    set(told, {
      text: `${back}: affects the output: ${SAID[one.forward]}; gradient reaches it: ${SAID[one.gradient]}${size}.${one.lag === own.needed ? " This lag is needed." : ""}`,
    });
    at = [track, place];
    tiles.forEach((line_, which) =>
      line_
        .cells(own.lags.length)
        .forEach((tile, where) => set(tile, { tabindex: which === track && where === place ? 0 : -1 })),
    );
  }
  const spot = (event) => {
    const tile = event.target.closest(".es-tile");
    if (tile) look(Number(tile.dataset.track), Number(tile.dataset.place));
  };
  shell.listen(map, "pointerover", spot);
  shell.listen(map, "focusin", spot);
  shell.listen(map, "keydown", (event) => {
    const [down, right] = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      Home: [0, -999],
      End: [0, 999],
    }[event.key] ?? [0, 0];
    if (!down && !right) return;
    event.preventDefault();
    const [track, place] = [clamp(at[0] + down, 0, 1), clamp(at[1] + right, 0, own.lags.length - 1)];
    tiles[track].cells(own.lags.length)[place].focus();
  });

  function draw(pair, width) {
    own = pair;
    const count = pair.lags.length;
    const each = clamp(Math.floor((width - 122) / Math.max(1, count)) - 2, 24, 44);
    map.style.gridTemplateColumns = `112px repeat(${count}, ${each}px)`;
    set(map, { "aria-label": `Reach map${pair.title ? `, ${pair.title}` : ""}, by lag` });
    set(title, { text: pair.title, hidden: !pair.title });
    tiles.forEach(({ name, cells }, track) =>
      cells(count).forEach((tile, place) => {
        const got = pair.lags[place][name] ?? null;
        set(tile, {
          text: MARKS[got],
          "data-got": String(got),
          "data-track": track,
          "data-place": place,
          "data-needed": pair.lags[place].lag === pair.needed ? "yes" : null,
          "aria-label": `lag ${pair.lags[place].lag}, ${TRACKS[name]}: ${SAID[got]}`,
        });
      }),
    );
    const measured = pair.lags.some((one) => one.strength !== null && one.strength !== undefined);
    strength.root.style.display = measured ? "contents" : "none";
    strength.cells(count).forEach((bar, place) => {
      set(bar, {
        title: short(pair.lags[place].strength),
        "aria-label": `gradient ${short(pair.lags[place].strength)}`,
      });
      set(bar.firstChild, { style: `height:${Math.round(100 * height(pair.lags[place].strength ?? 0))}%` });
    });
    lags
      .cells(count)
      .forEach((label, place) =>
        set(label, { text: pair.lags[place].lag, "data-needed": pair.lags[place].lag === pair.needed ? "yes" : null }),
      );
    const needed = pair.lags.findIndex((one) => one.lag === pair.needed);
    look(0, clamp(needed < 0 ? 0 : needed, 0, Math.max(0, count - 1)));
  }
  return { root, draw };
}

export function render({ model, el }) {
  const shell = frame(el, "Reach map", "");
  shell.root.classList.add("es-reach");
  const body = h("div", {});
  const pairs = pool(body, () => pairOf(shell));
  const legend = h(
    "ul",
    { class: "es-legend" },
    h(
      "li",
      {},
      h("span", { class: "es-key", style: "background:var(--fig-hit);color:var(--fig-blue)", text: "●" }),
      h("span", { text: "yes" }),
    ),
    h(
      "li",
      {},
      h("span", { class: "es-key", style: "background:var(--fig-miss);color:var(--fig-orange)", text: "✕" }),
      h("span", { text: "no" }),
    ),
    h(
      "li",
      {},
      h("span", { class: "es-key", style: "box-shadow:inset 0 0 0 2px var(--ink)" }),
      h("span", { text: "the needed lag" }),
    ),
  );
  shell.add(body, legend, h("style", { text: OWN }));
  let width = 600;
  function draw() {
    const data = model.get("data");
    const found = data?.pairs ?? [];
    shell.say(data?.title || "Reach map", found.length ? (data.about ?? "") : "No lag was probed, so there is no map.");
    shown(legend, found.length > 0);
    pairs(found.length).forEach((pair, place) => pair.draw(found[place], width));
  }
  shell.hear(model, "change:data", draw);
  onWidth(shell, (wide) => {
    width = wide;
    draw();
  });
  draw();
  return shell.close;
}

export default { render };
