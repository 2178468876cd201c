// The columns of state over time, and where their steps come from.
import { h } from "./shared.js";
import { networkOf } from "./network.js";
import { COLUMN } from "./heatmap.js";

/** Steps that are shown at most. */
export const MOST = 400;

/** What is said of where the steps come from. */
export const WHERE = {
  page: "The network runs in this page.",
  python: "Each number is sent to Python, which runs the model.",
  recorded:
    "These are recorded steps: no Python is running behind this page, and this model can't run in it. Next shows one more.",
};

/** Where the steps come from: the network in the page, Python, or a record. */
export function source(model, data, news) {
  if (data.network) {
    const network = networkOf(data.network);
    return {
      kind: "page",
      feed: (symbols) => news(network.run(symbols)),
      changed: (symbols, place, value) =>
        news(null, network.run(symbols.map((own, at) => (at === place ? value : own)))),
      hear: () => {},
    };
  }
  if (data.live) {
    return {
      kind: "python",
      feed: (symbols, added) =>
        symbols.length ? added.forEach((value) => model.send({ type: "step", value })) : model.send({ type: "reset" }),
      changed: (symbols, place, value) => model.send({ type: "change", position: place, value }),
    };
  }
  return { kind: "recorded", feed: (symbols) => news((data.steps ?? []).slice(0, symbols.length)), changed: () => {} };
}

/** One column of the table of steps. */
export function column(place, choose) {
  const input = h("button", { class: "es-cell es-input", onclick: () => choose(place) });
  const [expected, answer, then] = ["es-expected", "es-answer", "es-then"].map((name) =>
    h("span", { class: `es-cell ${name}` }),
  );
  const bar = h("span", { class: "es-bar" }, h("span", {}));
  const root = h(
    "div",
    { class: "es-column", role: "listitem" },
    h("span", { class: "es-cell es-small", text: place }),
    input,
    expected,
    answer,
    bar,
    then,
  );
  return { root, input, expected, answer, bar, then };
}

/** The look of the picture. */
export const OWN = `
.es-state .es-keys { display: flex; flex-wrap: wrap; gap: 4px; }
.es-state .es-keys button { min-width: 34px; padding: 3px 6px; }
.es-state .es-line { display: flex; align-items: stretch; margin-top: 4px; width: max-content; }
.es-state .es-side { position: sticky; left: 0; z-index: 2; width: 92px; flex: none; background: var(--card); font-size: 12px;
  line-height: 1.25; color: var(--muted); padding-right: 6px; display: flex; flex-direction: column; }
.es-state .es-side.es-names span { height: 26px; line-height: 26px; white-space: nowrap; }
.es-state .es-side.es-names span:nth-child(1) { height: 18px; line-height: 18px; }
.es-state .es-side.es-names span:nth-child(2) { height: 34px; line-height: 34px; }
.es-state .es-columns { display: flex; }
.es-state .es-column { width: ${COLUMN}px; flex: none; display: flex; flex-direction: column; align-items: center; }
.es-state .es-cell { height: 26px; line-height: 26px; width: ${COLUMN - 4}px; text-align: center; font-size: 14px; overflow: hidden; border-radius: 4px; }
.es-state .es-column > .es-small { height: 18px; line-height: 18px; font-size: 12px; }
.es-state button.es-cell { height: 30px; min-height: 30px; margin: 2px 0; line-height: 1; padding: 0; font-weight: 650; }
.es-state .es-expected { color: var(--muted); }
.es-state .es-answer[data-hit="yes"], .es-state .es-then[data-hit="yes"] { background: var(--fig-hit); }
.es-state .es-answer[data-hit="no"] { background: var(--fig-miss); text-decoration: underline; }
.es-state .es-then[data-changed="yes"] { background: var(--fig-gold); color: var(--card); font-weight: 700; }
.es-state .es-bar { width: ${COLUMN - 8}px; height: 20px; margin: 3px 0; background: var(--fig-tile); border-radius: 3px; display: flex; align-items: end; overflow: hidden; }
.es-state .es-bar span { display: block; width: 100%; background: var(--fig-green); }
.es-state .es-map { display: block; border-radius: 3px; }
.es-state .es-empty { padding: 26px 12px; text-align: center; color: var(--muted); border: 1px dashed var(--shade); border-radius: 8px; margin-top: 12px; }
.es-state .es-scale { width: 120px; height: 10px; border-radius: 3px; background: linear-gradient(to right, var(--fig-blue), var(--card), var(--fig-orange)); border: 1px solid var(--line); }
`;
