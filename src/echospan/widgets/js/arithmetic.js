// The arithmetic of rows: which past values a row of a batch can know. That of `echospan.framings`.
import { clamp } from "./shared.js";

/** Least and most of each knob. */
export const LIMITS = { length: [2, 60], batch_size: [1, 32], window: [1, 24], lag: [0, 59] };
const DEFAULT = {
  length: 24,
  batch_size: 4,
  window: 1,
  lag: 1,
  rows: "consecutive",
  reset: "never",
  shuffle: false,
  step: 0,
};

/** The same order for the same number of samples (mulberry32, then Fisher and Yates). */
export function shuffled(count) {
  let state = 20 + count;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const order = Array.from({ length: count }, (_, place) => place);
  for (let place = count - 1; place > 0; place--) {
    const with_ = Math.floor(draw() * (place + 1));
    [order[place], order[with_]] = [order[with_], order[place]];
  }
  return order;
}

/** Settings within their limits. */
export function settled(asked) {
  const own = { ...DEFAULT, ...asked };
  for (const [name, [low, high]] of Object.entries(LIMITS))
    own[name] = clamp(Math.round(Number(own[name])) || low, low, high);
  own.lag = Math.min(own.lag, own.length - 1);
  own.window = Math.min(own.window, own.length - 1);
  return own;
}

/** The batches of one epoch: (updates, rows) samples, each {sequence, inputs, step}. */
export function batches({ length, batch_size, window, lag, rows, shuffle }) {
  const first = window > 1 ? Math.max(window, lag) : rows === "aligned" ? 0 : lag;
  const sequences = rows === "aligned" ? batch_size : 1;
  let samples = [];
  // Aligned: step after step with all sequences abreast, so that row j is always sequence j.
  for (let step = first; step < length; step++)
    for (let sequence = 0; sequence < sequences; sequence++)
      samples.push({ sequence, step, inputs: Array.from({ length: window }, (_, place) => step - window + 1 + place) });
  if (shuffle) samples = shuffled(samples.length).map((place) => samples[place]);
  const updates = Math.floor(samples.length / batch_size);
  return Array.from({ length: updates }, (_, update) => samples.slice(update * batch_size, (update + 1) * batch_size));
}

/** What each answer can know, as `echospan.framings.sights`: lags in the sample and in the state. */
export function sights(laid, carried) {
  const seen = (laid[0] ?? []).map(() => []);
  return laid.map((batch) =>
    batch.map((sample, row) => {
      const lags = (values) =>
        [
          ...new Set(
            values
              .filter((one) => one.sequence === sample.sequence && one.step <= sample.step)
              .map((one) => sample.step - one.step),
          ),
        ].sort((a, b) => a - b);
      const own = sample.inputs.map((step) => ({ sequence: sample.sequence, step }));
      const sight = {
        row,
        sequence: sample.sequence,
        step: sample.step,
        inside: lags(own),
        inherited: lags(seen[row]),
      };
      if (carried) seen[row].push(...own);
      return sight;
    }),
  );
}

/** How an answer stands to the value that it needs. */
export function standing(sight, lag) {
  if (sight.step < lag) return "unscored";
  if (sight.inside.includes(lag)) return "inside";
  return sight.inherited.includes(lag) ? "inherited" : "blind";
}
