from __future__ import annotations

import numpy as np
import pytest

import echospan
from doctor.bench.parts import noise, symbols
from doctor.bench.symmetry_cases import STEPS, difference, first_word, pooled, reader, turned
from echospan.doctor.order_in_data import order_in_features

torch = pytest.importorskip("torch")


def check(model, x, y, **settings):
    return echospan.check_torch(model, x, y, batch_size=32, **settings)


def codes(found):
    return {(each.code, each.severity) for each in found.findings}


def trained(model, x, y, loss, epochs=40):
    """The loss on samples that were not trained on, in shuffled batches."""
    torch.manual_seed(0)
    x, y = torch.as_tensor(np.asarray(x)), torch.as_tensor(np.asarray(y))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(epochs):
        for rows in torch.randperm(256).split(32):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return float(np.mean([loss(model(x[r]), y[r]) for r in torch.arange(256, 320).split(32)]))


@pytest.mark.slow
def test_attention_without_positions_is_warned_of_and_does_not_learn():
    x, y = difference()
    model = reader(place="none")
    found = check(model, x, y)
    assert codes(found) == {("order-blind", "warning")}
    assert (
        found.findings[0].evidence["ordered"] > 0.9 > 0.5 > found.findings[0].evidence["unordered"]
    )
    mended = reader(place="none")
    forward, line = type(mended).forward, found.findings[0].remedy

    class Placed(type(mended)):
        def forward(self, x):
            h = self.into(x)
            names = {"h": h, "self": self}
            exec(line.replace("self.place", "self.places"), names)
            self.into, kept = torch.nn.Identity(), self.into
            try:
                return forward(self, names["h"])
            finally:
                self.into = kept

    mended.__class__ = Placed
    mended.places = torch.nn.Embedding(STEPS, 8)
    assert check(mended, x, y).codes == ()
    loss = torch.nn.functional.mse_loss
    assert trained(model, x, y, loss) > 0.8 * y.var()
    assert trained(mended, x, y, loss) < 0.3 * y.var()


@pytest.mark.parametrize("what", ["sum", "count"])
def test_sets_are_left_alone(what):
    if what == "sum":
        x = noise(320, STEPS, 1).astype("float32")
        y, model = x.sum(1), reader(place="none", mix="each")
    else:
        x = symbols(320, STEPS, number=11) + 1
        y = (x == 7).sum(1, keepdims=True).astype("float32")
        model = reader(place="none", words=12, mix="each")
    # Rare counts are hard to fit: then it is open.
    assert codes(check(model, x, y)) <= ({("order-blind", "note")} if what == "count" else set())


def test_it_is_a_note_where_the_data_do_not_say_it():
    x = noise(320, STEPS, 1).astype("float32")
    y = noise(320, 1, seed=3).astype("float32")
    assert ("order-blind", "note") in codes(check(reader(place="none"), x, y))


def test_positions_that_are_an_input_of_their_own_are_order():
    class Reader(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = torch.nn.Embedding(12, 8), torch.nn.Embedding(STEPS, 8)
            self.head = torch.nn.Linear(8, 2)

        def forward(self, x, at):
            return self.head(torch.relu(self.words(x) + self.places(at)).mean(1))

    x, y = first_word()
    at = np.tile(np.arange(STEPS), (len(x), 1))
    assert "order-blind" not in check(Reader(), (x, at), y).codes


def test_a_clock_among_the_features_is_order():
    x = noise(40, STEPS, 1)
    clock = np.broadcast_to(np.arange(STEPS)[:, None], x.shape)
    assert order_in_features(np.concatenate([x, clock], 2))
    turn = (np.arange(40)[:, None] + np.arange(STEPS))[..., None] / 3
    assert order_in_features(np.concatenate([x, np.sin(turn), np.cos(turn)], 2))
    assert not order_in_features(np.concatenate([x, noise(40, STEPS, 1, seed=1)], 2))
    assert not order_in_features(np.eye(5)[symbols(40, STEPS, number=5)])


class Reads(torch.nn.Module):
    """Answers with a function of the windows, which may hold weights."""

    def __init__(self, answer, **parts):
        super().__init__()
        self.answer = answer
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.answer(self, x)


def windows(steps):
    series = noise(800 + steps, 1).astype("float32")
    return np.stack([series[first : first + steps] for first in range(800)])


SOUND = {
    "the oldest of 4": (4, lambda own, x: x[:, -4], {}),
    "a step between of 4": (4, lambda own, x: x[:, -3], {}),
    "the newest of 4": (4, lambda own, x: x[:, -1], {}),
    "the middle of 3": (3, lambda own, x: x[:, 1], {}),
    "the step before, weighed": (4, lambda own, x: own.head(x[:, -2]), {"head": (1, 1)}),
    "two steps of 4": (4, lambda own, x: own.head(x[:, [0, 2], 0]), {"head": (2, 1)}),
    "all of 6, each by itself": (6, lambda own, x: own.head(x[:, :, 0]), {"head": (6, 1)}),
    "a sum": (6, lambda own, x: x.mean(1), {}),
    "the newest beside a sum": (6, lambda own, x: x[:, -1] - x.mean(1), {}),
    "two steps, subtracted": (8, lambda own, x: x[:, 0] - x[:, -1], {}),
}


@pytest.mark.parametrize("name", SOUND)
def test_who_hears_one_step_or_knows_where_each_stands_is_sound(name):
    steps, answer, sizes = SOUND[name]
    torch.manual_seed(0)
    model = Reads(answer, **{part: torch.nn.Linear(*size) for part, size in sizes.items()})
    x = windows(steps)
    with torch.no_grad():
        y = model(torch.as_tensor(x)).numpy()
    assert "order-blind" not in check(model, x, y).codes


def test_a_pool_of_the_steps_before_the_newest_is_warned_of():
    def answer(own, x):
        pooled = torch.relu(own.up(x[:, :-1])).mean(1)
        return own.head(torch.cat([x[:, -1], pooled], 1))

    model = Reads(answer, up=torch.nn.Linear(1, 8), head=torch.nn.Linear(9, 1))
    x = windows(8)
    found = check(model, x, x[:, 0] - x[:, 3])
    assert ("order-blind", "warning") in codes(found)
    assert found.findings[0].evidence["blind"] == "before the last"


def test_causal_attention_without_positions_hears_the_order():
    class Reader(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.up = torch.nn.Linear(1, 8)
            self.look = torch.nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x):
            h = self.up(x)
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            return self.head(self.look(h, h, h, attn_mask=later, need_weights=False)[0].mean(1))

    assert "order-blind" not in check(Reader(), *difference()).codes


@pytest.mark.slow
def test_the_remedy_in_keras_names_a_layer_that_gives_places():
    keras = pytest.importorskip("keras")
    x, y = turned()
    remedy = next(
        f for f in echospan.check(pooled(order=False), x, y, batch_size=32).findings
        if f.code == "order-blind"
    ).remedy  # fmt: skip
    inputs = keras.Input((STEPS, 1))
    names = {"keras": keras, "h": keras.layers.Dense(8)(inputs)}
    exec(remedy, names)
    h = keras.layers.GlobalMaxPooling1D()(keras.layers.Dense(8, "relu")(names["h"]))
    model = keras.Model(inputs, keras.layers.Dense(1)(h))
    model.compile(loss="mse")
    assert "order-blind" not in echospan.check(model, x, y, batch_size=32).codes


def test_positions_along_the_batch_are_an_error_and_the_remedy_turns_them():
    x, y = difference()
    model = reader(place="rows", mix="recurrent", read="last")
    found = check(model, x, y, shuffle=True)
    assert codes(found) == {("place-in-batch", "error")}
    exec(found.findings[0].remedy, {"self": model, "torch": torch})
    model.place = torch.nn.Parameter(model.place[:, :STEPS])
    assert check(model, x, y, shuffle=True).codes == ()


@pytest.mark.slow
def test_positions_along_the_batch_spoil_what_is_learned():
    x, y = first_word()
    loss = torch.nn.functional.cross_entropy
    given = {"words": 12, "classes": 2}
    assert trained(reader(place="rows", **given), x, y, loss, 30) > 0.5
    assert trained(reader(place="steps", **given), x, y, loss, 30) < 0.4


def test_one_batch_of_fixed_rows_is_a_warning():
    x, y = difference(64)
    found = echospan.check_torch(
        reader(place="start", mix="recurrent", read="last"), x, y, batch_size=64
    )
    assert codes(found) == {("place-in-batch", "warning")}


def test_a_state_that_a_module_keeps_belongs_to_its_row():
    class Stream(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.head = torch.nn.GRU(1, 8, batch_first=True), torch.nn.Linear(8, 1)
            self.state = torch.randn(1, 4, 8)

        def forward(self, x):
            out, state = self.layer(x, self.state)
            self.state = state.detach()
            return self.head(out[:, -1])

    x, y = difference(64)
    found = echospan.check_torch(Stream(), x, y, batch_size=4, reset_state="never")
    assert "place-in-batch" not in found.codes
