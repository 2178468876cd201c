// State over time: numbers go in one at a time; the answer, its confidence and the state appear.
import {
  frame,
  h,
  set,
  pool,
  shown,
  onWidth,
  onColours,
  field,
  tick,
  percent,
  short,
  listed,
  clamp,
} from "./shared.js";
import { MAPS, heatMap } from "./heatmap.js";
import { MOST, OWN, WHERE, column, source } from "./steps.js";

export function render({ model, el }) {
  let data = model.get("data");
  let steps = [];
  let symbols = [];
  let other = null;
  let chosen = null;
  let turned = null;
  let gates = Boolean(model.get("settings")?.gates);
  const shell = frame(el, "State over time", "");
  shell.root.classList.add("es-state");
  const labels = () => data.labels ?? Array.from({ length: data.symbols ?? 0 }, (_, place) => String(place));
  const named = (symbol) =>
    symbol === null || symbol === undefined || symbol < 0 ? "–" : (labels()[symbol] ?? String(symbol));

  const news = (own, changed) => {
    if (own) steps = own;
    if (own) other = null;
    if (changed) other = changed;
    draw(Boolean(own));
  };
  let from = source(model, data, news);

  function put(values) {
    const room = MOST - symbols.length;
    if (values.length > room) return tell(`This picture shows at most ${MOST} steps. Press Reset to begin again.`);
    if (from.kind === "recorded")
      values = (data.steps ?? []).slice(symbols.length, symbols.length + values.length).map((step) => step.input);
    symbols = [...symbols, ...values];
    chosen = null;
    tell("");
    from.feed(symbols, values);
  }
  function reset() {
    symbols = [];
    steps = [];
    chosen = other = null;
    tell("");
    from.feed(symbols, []);
    draw();
  }
  function typed() {
    const texts = text.value.split(/[\s,;]+/).filter(Boolean);
    const known = labels();
    const places = texts.map((one) => known.indexOf(one));
    const wrong = places.findIndex((place) => place < 0);
    if (wrong >= 0) {
      const shortened = texts[wrong].length > 24 ? `${texts[wrong].slice(0, 24)}…` : texts[wrong];
      const all = known.length > 12 ? `${known.slice(0, 6).join(", ")} … ${known.at(-1)}` : listed(known, 12);
      return tell(`The model doesn't know ${shortened}. It knows ${all}. The state is unchanged.`);
    }
    if (places.length) put(places);
    text.value = "";
  }

  // Controls.
  const keys = h("div", { class: "es-keys", role: "toolbar", "aria-label": "Numbers to put in" });
  const keyed = pool(keys, (place) => h("button", { onclick: () => put([place]), tabindex: place ? -1 : 0 }));
  shell.listen(keys, "keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...keys.children].filter((one) => !one.hidden);
    const at = buttons.indexOf(document.activeElement);
    if (!move || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + move + buttons.length) % buttons.length];
    buttons.forEach((one) => set(one, { tabindex: one === next ? 0 : -1 }));
    next.focus();
  });
  const text = h("input", {
    type: "text",
    inputmode: "text",
    autocomplete: "off",
    size: 10,
    placeholder: "3 1 4",
    onkeydown: (event) => event.key === "Enter" && typed(),
  });
  const random = () => Array.from({ length: 5 }, () => Math.floor(Math.random() * (data.symbols ?? 1)));
  const five = h("button", { text: "5 at random", onclick: () => put(random()) });
  const next = h("button", { text: "Next", onclick: () => put([0]) });
  const again = h("button", { text: "Reset", onclick: reset });
  const gated = tick(
    "gates",
    (whether) => {
      gates = whether;
      keep();
      draw();
    },
    gates,
  );
  const entry = field("type numbers, then Enter", text);
  shell.add(h("div", { class: "es-row" }, keys, entry, next, five, again, gated.root));
  const note = h("p", { class: "es-note es-warn", role: "alert" });
  const tell = (said) => set(note, { text: said });

  // The steps.
  const names = h(
    "div",
    { class: "es-side es-names" },
    ...["step", "input", "expected", "answer", "confidence", "after change"].map((one) => h("span", { text: one })),
  );
  const columns = h("div", { class: "es-columns", role: "list", "aria-label": "Steps" });
  const columned = pool(columns, (place) => column(place, choose));
  const scroll = h("div", {
    class: "es-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": "Steps and state, growing to the right",
  });
  const readout = h("p", { class: "es-lead", "aria-live": "polite" });
  const maps = Object.entries(MAPS).map(([name, title]) => [name, heatMap(shell, name, title, look)]);
  scroll.append(h("div", { class: "es-line" }, names, columns), ...maps.map(([, map]) => map.root));
  const empty = h("div", { class: "es-empty", text: "No number yet. Press one above: its column appears here." });
  const scale = h(
    "ul",
    { class: "es-legend", "aria-label": "Colours" },
    h(
      "li",
      {},
      h("span", { text: "negative" }),
      h("span", { class: "es-scale" }),
      h("span", { text: "positive, as far as the number beside each map" }),
    ),
  );

  // One past input changed.
  const value = h("select", { onchange: () => change(Number(value.value)) });
  const valued = pool(value, (place) => h("option", { value: place }));
  const question = h("span", { text: "" });
  const back = h("button", {
    text: "Undo",
    onclick: () => {
      chosen = other = null;
      draw();
    },
  });
  const changing = h("div", { class: "es-row es-middle" }, question, value, back);
  const effect = h("p", { class: "es-note", "aria-live": "polite" });
  shell.add(note, empty, scroll, readout, scale, h("style", { text: OWN }));
  shell.add(h("p", { class: "es-heading", text: "Change one past input: which answers change?" }), changing, effect);

  shell.listen(columns, "keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -MOST, End: MOST }[event.key];
    const shownNow = columned(steps.length);
    const at = shownNow.findIndex((one) => one.input === document.activeElement);
    if (!move || at < 0) return;
    event.preventDefault();
    shownNow[clamp(at + move, 0, steps.length - 1)].input.focus();
  });

  function choose(place) {
    if (from.kind === "recorded") return tell("Recorded steps can't be changed.");
    chosen = place;
    other = null;
    change((symbols[place] + 1) % data.symbols);
  }
  function change(symbol) {
    if (chosen === null) return;
    turned = symbol;
    if (symbol === symbols[chosen]) other = null;
    else from.changed(symbols, chosen, symbol);
    draw();
  }
  function look(name, at, share) {
    const of = name === null ? null : (other && steps.length === other.length ? differences() : steps)[at];
    const row = of && (name in of ? of[name] : of.gates?.[name]);
    if (!row) return set(readout, { text: summary() });
    const unit = clamp(Math.floor(share * row.length), 0, row.length - 1);
    set(readout, { text: `Step ${at}, unit ${unit}: ${MAPS[name]} ${short(row[unit])}` });
  }
  const minus = (a, b) => (a && b ? a.map((one, place) => one - b[place]) : null);
  const differences = () =>
    other.map((step, at) => ({
      hidden: minus(step.hidden, steps[at].hidden),
      cell: minus(step.cell, steps[at].cell),
      gates: Object.fromEntries(
        Object.keys(step.gates ?? {}).map((name) => [name, minus(step.gates[name], steps[at].gates?.[name])]),
      ),
    }));
  const wanted = (at, own = symbols) =>
    data.lag === null || data.lag === undefined || at < data.lag ? null : own[at - data.lag];

  function summary() {
    const last = steps.at(-1);
    if (!last || last.answer === null || last.answer === undefined)
      return last ? `Step ${steps.length - 1}: no answer yet.` : "";
    const sure =
      last.confidence === null || last.confidence === undefined ? "" : `, confidence ${percent(last.confidence)}`;
    const right = steps
      .map((step, at) => [step.answer, wanted(at)])
      .filter(([answer, want]) => want !== null && answer !== null);
    const hits = right.filter(([answer, want]) => answer === want).length;
    return (
      `Step ${steps.length - 1}: answer ${named(last.answer)}${sure}.` +
      (right.length ? ` Right so far: ${hits} of ${right.length}.` : "")
    );
  }

  function draw(grew = false) {
    const count = steps.length;
    const recorded = from.kind === "recorded";
    const few = (data.symbols ?? 0) <= 20 && !recorded;
    shell.say(data.title || "State over time", `${data.about ? `${data.about} ` : ""}${WHERE[from.kind]}`);
    shown(keys, few);
    if (few)
      keyed(data.symbols ?? 0).forEach((key, place) =>
        set(key, { text: named(place), "aria-label": `Put in ${named(place)}` }),
      );
    shown(entry, !recorded);
    shown(five, !recorded);
    shown(next, recorded);
    set(next, { disabled: count >= (data.steps?.length ?? 0) });
    set(again, { disabled: !count });
    [empty, scroll, readout, scale].forEach((one, place) => shown(one, (place === 0) === !count));
    shown(
      gated.root,
      steps.some((step) => Object.keys(step.gates ?? {}).length),
    );
    shown(names.children[2], data.lag !== null && data.lag !== undefined);
    shown(
      names.children[4],
      steps.some((step) => step.confidence !== null && step.confidence !== undefined),
    );
    shown(names.children[5], other !== null);
    columned(count).forEach((one, at) => {
      const step = steps[at];
      const want = wanted(at);
      set(one.input, {
        text: named(step.input),
        "aria-label": `Step ${at}, input ${named(step.input)}: change it`,
        "aria-pressed": at === chosen ? "true" : null,
      });
      set(one.expected, { text: named(want) });
      shown(one.expected, !names.children[2].hidden);
      const hit = want === null || step.answer === null ? null : step.answer === want ? "yes" : "no";
      set(one.answer, {
        text: named(step.answer),
        "data-hit": hit,
        title: hit ? (hit === "yes" ? "right" : "wrong") : null,
      });
      shown(one.bar, !names.children[4].hidden);
      set(one.bar, {
        title: `confidence ${percent(step.confidence)}`,
        role: "img",
        "aria-label": `confidence ${percent(step.confidence)}`,
      });
      set(one.bar.firstChild, { style: `height:${Math.round(100 * (step.confidence ?? 0))}%` });
      shown(one.then, other !== null);
      const then = other?.[at]?.answer;
      set(one.then, { text: other ? named(then) : "", "data-changed": other && then !== step.answer ? "yes" : null });
    });
    const drawn = other && other.length === count ? differences() : steps;
    for (const [name, map] of maps) {
      if (name === "hidden" || name === "cell" || gates) map.draw(drawn, drawn !== steps);
      else shown(map.root, false);
    }
    set(readout, { text: summary() });
    if (grew && count) scroll.scrollLeft = scroll.scrollWidth;
    drawChange(count);
  }

  function drawChange(count) {
    const ready = chosen !== null && count > 0;
    shown(value, ready);
    shown(back, ready);
    set(question, {
      text: ready
        ? `Input of step ${chosen}, now ${named(symbols[chosen])}, becomes`
        : "Press an input in the row above to change it.",
    });
    if (ready) valued(data.symbols ?? 0).forEach((one, place) => set(one, { text: named(place) }));
    if (ready) set(value, { value: String(turned) });
    let said = "";
    if (ready && other && other.length === count) {
      const answers = other.map((step, at) => (step.answer !== steps[at].answer ? at : -1)).filter((at) => at >= 0);
      const size = (at) => Math.max(...(minus(other[at].hidden, steps[at].hidden) ?? [0]).map(Math.abs));
      const felt = other.map((_, at) => at).filter((at) => size(at) > 0.01);
      const where =
        answers.length === 1 ? `step ${answers[0]} (lag ${answers[0] - chosen})` : `steps ${listed(answers)}`;
      said = answers.length
        ? `With ${named(other[chosen].input)} in place of ${named(steps[chosen].input)} at step ${chosen}, the answer changes at ${where}.`
        : `With ${named(other[chosen].input)} in place of ${named(steps[chosen].input)} at step ${chosen}, no answer changes.`;
      said += felt.length
        ? ` The state differs by more than 0.01 up to step ${felt.at(-1)}, lag ${felt.at(-1) - chosen}. The maps show the difference.`
        : "";
    }
    set(effect, { text: said });
  }

  const keep = () => {
    model.set("settings", { ...model.get("settings"), gates });
    model.save_changes();
  };
  shell.hear(model, "change:data", () => {
    data = model.get("data");
    from = source(model, data, news);
    begin();
  });
  shell.hear(model, "change:settings", () => {
    const asked = Boolean(model.get("settings")?.gates);
    if (asked !== gates) {
      gates = gated.box.checked = asked;
      draw();
    }
  });
  shell.hear(model, "msg:custom", (message) => {
    if (message?.type === "step") {
      steps = [...steps, message.step];
      symbols = steps.map((step) => step.input);
      news(steps);
    } else if (message?.type === "steps") {
      symbols = message.steps.map((step) => step.input);
      news(message.steps);
    } else if (message?.type === "reset") {
      symbols = [];
      news([]);
    } else if (message?.type === "changed") {
      if (message.position === chosen) news(null, message.steps);
    } else if (message?.type === "error") {
      symbols = steps.map((step) => step.input);
      tell(message.message);
      draw();
    }
  });
  function begin() {
    steps = [];
    symbols = [];
    chosen = other = null;
    if (from.kind === "page") {
      symbols = (data.numbers ?? []).slice(0, MOST);
      if (symbols.length) return from.feed(symbols, symbols);
    } else if (data.steps?.length) {
      steps = from.kind === "recorded" ? data.steps : data.steps.slice(0, MOST);
      symbols = steps.map((step) => step.input);
    }
    draw(true);
  }
  onColours(shell, () => draw());
  begin();
  onWidth(shell, () => steps.length && (scroll.scrollLeft = scroll.scrollWidth));
  return shell.close;
}

export default { render };
