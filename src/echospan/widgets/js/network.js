// A trained network of LSTM, GRU or simple RNN layers, computed in the page: one number at a time.

/** Numbers of an array: base64 of little-endian 32-bit floats, with its shape. */
export function numbersOf(array) {
  const bytes = Uint8Array.from(atob(array.data), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = new Float64Array(bytes.length / 4);
  for (let place = 0; place < values.length; place++) values[place] = view.getFloat32(4 * place, true);
  return { values, shape: array.shape };
}

/** base + x W of a row vector x and a matrix W (inputs, outputs). */
function times(x, weights, base) {
  const [rows, columns] = weights.shape;
  const sum = base ? Float64Array.from(base) : new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const factor = x[row];
    if (factor === 0) continue;
    for (let column = 0; column < columns; column++) sum[column] += factor * weights.values[row * columns + column];
  }
  return sum;
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const add = (a, b) => a.map((value, place) => value + b[place]);

const CELLS = {
  lstm: {
    gates: ["input", "forget", "candidate", "output"],
    begin: (units) => ({ hidden: new Float64Array(units), cell: new Float64Array(units) }),
    step(layer, x, { hidden, cell }) {
      const units = hidden.length;
      const sum = add(times(x, layer.kernel, layer.bias.values), times(hidden, layer.recurrent));
      const part = (place, squash) => sum.slice(place * units, (place + 1) * units).map(squash);
      const gates = {
        input: part(0, sigmoid),
        forget: part(1, sigmoid),
        candidate: part(2, Math.tanh),
        output: part(3, sigmoid),
      };
      const next = cell.map((value, unit) => gates.forget[unit] * value + gates.input[unit] * gates.candidate[unit]);
      return { hidden: next.map((value, unit) => gates.output[unit] * Math.tanh(value)), cell: next, gates };
    },
  },
  gru: {
    gates: ["update", "reset", "candidate"],
    begin: (units) => ({ hidden: new Float64Array(units) }),
    step(layer, x, { hidden }) {
      const units = hidden.length;
      // Keras: reset after the product, with a bias of its own for each of the two products.
      const [own, recurrent] = [0, 1].map((row) => layer.bias.values.slice(row * 3 * units, (row + 1) * 3 * units));
      const a = times(x, layer.kernel, own);
      const b = times(hidden, layer.recurrent, recurrent);
      const gate = (place, squash) =>
        hidden.map((_, unit) => squash(a[place * units + unit] + b[place * units + unit]));
      const gates = { update: gate(0, sigmoid), reset: gate(1, sigmoid) };
      gates.candidate = hidden.map((_, unit) =>
        Math.tanh(a[2 * units + unit] + gates.reset[unit] * b[2 * units + unit]),
      );
      return {
        hidden: hidden.map(
          (value, unit) => gates.update[unit] * value + (1 - gates.update[unit]) * gates.candidate[unit],
        ),
        gates,
      };
    },
  },
  "simple-rnn": {
    gates: [],
    begin: (units) => ({ hidden: new Float64Array(units) }),
    step: (layer, x, { hidden }) => ({
      hidden: add(times(x, layer.kernel, layer.bias.values), times(hidden, layer.recurrent)).map(Math.tanh),
      gates: {},
    }),
  },
};

/** The steps of a network: `run(symbols)` gives one entry a number, -1 for a missing one. */
export function networkOf(described) {
  const layers = described.layers.map((layer) => ({
    cell: CELLS[layer.cell],
    kernel: numbersOf(layer.kernel),
    recurrent: numbersOf(layer.recurrent),
    bias: numbersOf(layer.bias),
  }));
  const head = { kernel: numbersOf(described.head.kernel), bias: numbersOf(described.head.bias) };
  const table = described.embedding ? numbersOf(described.embedding) : null;
  const width = described.symbols;

  function encoded(symbol) {
    if (described.input === "scaled") return [symbol < 0 ? -1 : width > 1 ? symbol / (width - 1) : 0];
    if (table) return table.values.slice((symbol + 1) * table.shape[1], (symbol + 2) * table.shape[1]);
    return Array.from({ length: width }, (_, place) => (symbol < 0 ? -1 : Number(place === symbol)));
  }

  const begin = () => layers.map((layer) => layer.cell.begin(layer.recurrent.shape[0]));

  function after(states, symbol) {
    if (symbol < 0 && described.masking) return states;
    let x = encoded(symbol);
    return layers.map((layer, depth) => {
      const state = layer.cell.step(layer, x, states[depth]);
      x = state.hidden;
      return state;
    });
  }

  function answered(states) {
    const outputs = times(states.at(-1).hidden, head.kernel, head.bias.values);
    if (described.output === "value") {
      // NumPy rounds halves to even, which no trained weight meets.
      return {
        answer: Math.min(width - 1, Math.max(0, Math.round(outputs[0] * (width - 1)))),
        confidence: null,
        outputs,
      };
    }
    const top = Math.max(...outputs);
    const powers = outputs.map((score) => Math.exp(score - top));
    const sum = powers.reduce((total, power) => total + power, 0);
    const probabilities = Array.from(powers, (power) => power / sum);
    const answer = outputs.indexOf(top);
    return { answer, confidence: probabilities[answer], probabilities, outputs };
  }

  function entry(states, symbol, place) {
    const first = states[0];
    const { answer, confidence, probabilities, outputs } = answered(states);
    const ready = place >= described.first;
    return {
      input: symbol,
      answer: ready ? answer : null,
      confidence: ready ? confidence : null,
      probabilities: ready ? (probabilities ?? null) : null,
      outputs: Array.from(outputs),
      hidden: Array.from(first.hidden),
      cell: first.cell ? Array.from(first.cell) : null,
      gates: first.gates
        ? Object.fromEntries(Object.entries(first.gates).map(([name, of]) => [name, Array.from(of)]))
        : {},
    };
  }

  function run(symbols) {
    let states = begin();
    return symbols.map((symbol, place) => {
      if (described.window) {
        // A window is a sample of its own: it starts from zero.
        states = begin();
        for (let back = described.window - 1; back >= 0; back--)
          states = after(states, place - back < 0 ? -1 : symbols[place - back]);
      } else states = after(states, symbol);
      return entry(states, symbol, place);
    });
  }
  return { run, gates: layers[0].cell.gates };
}
