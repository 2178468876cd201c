"""Torch modules as stateful models: their conventions are found, and the user's stays as it was."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from echospan.adapters.support import NotSupported
from echospan.errors import ConfigError

torch = pytest.importorskip("torch")
nn = torch.nn

from adapters.torch import stateful_modules as own  # noqa: E402
from echospan.adapters.torch.stateful import stateful_of  # noqa: E402

SOUND = {
    "LSTM": lambda: nn.LSTM(3, 4),
    "GRU batch first": lambda: nn.GRU(3, 4, num_layers=2, batch_first=True),
    "RNN": lambda: nn.RNN(3, 4, nonlinearity="relu"),
    "LSTM projected": lambda: nn.LSTM(3, 5, num_layers=2, proj_size=2),
    "LSTMCell": lambda: nn.LSTMCell(3, 4),
    "GRUCell": lambda: nn.GRUCell(3, 4),
    "time first": own.Wrapped,
    "batch first": lambda: own.Wrapped(batch_first=True),
    "symbols": own.Symbols,
    "named tuple": own.AsNamedTuple,
    "data class": own.AsDataclass,
    "dictionary": own.AsDict,
    "flat cell": own.FlatLSTMCell,
    "two arguments": own.TwoArguments,
    "single steps": own.SingleSteps,
    "word model": own.WordModel,
    "state first": own.StateFirst,
    "masked": own.Masked,
    "positions": own.Positioned,
    "positions from outside": lambda: own.Positioned(counts=False),
    "complex": own.Decays,
    "method for a step": own.WithStep,
    "a needed state": own.NeedsState,
}


@pytest.mark.parametrize("name", SOUND)
def test_chunks_of_a_sound_module_agree_with_the_whole_and_need_the_state(name):
    model = stateful_of(SOUND[name]())
    with model.ready(), model.drawn(0):
        x = model.inputs(2, 9, 0)
        whole = model.whole(x)
        first, state = model.run(x[:, :4], None)
        second, _ = model.run(x[:, 4:], model.copy(state))
        lost, _ = model.run(x[:, 4:], None)
        again, _ = model.run(x[:, 4:], model.save(state))
    assert whole.shape[:2] == (2, 9)
    assert whole.dtype == "float64"
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(second, again)
    assert np.abs(lost - second).max() > 1e-3


@pytest.mark.parametrize("name", ["LSTM", "symbols", "data class", "word model"])
def test_rows_come_in_the_order_that_is_asked_for(name):
    model = stateful_of(SOUND[name]())
    x = model.inputs(3, 6, 0)
    _, state = model.run(x[:, :4], None)
    y, _ = model.run(x[:, 4:], model.copy(state))
    turned, _ = model.run(x[[2, 0], 4:], model.rows(state, [2, 0]))
    np.testing.assert_allclose(turned, y[[2, 0]], atol=1e-14)


@pytest.mark.parametrize(
    ("name", "first"), [("time first", False), ("batch first", True), ("word model", False)]
)
def test_axes_are_found_and_the_wrong_ones_refused(name, first):
    assert stateful_of(SOUND[name](), batch_first=first).run
    with pytest.raises(ConfigError, match=rf"batch_first must be {first}"):
        stateful_of(SOUND[name](), batch_first=not first)


def test_a_module_that_goes_on_by_single_steps_is_taken():
    model = stateful_of(own.OnByOne())
    x = model.inputs(2, 4, 0)
    _, state = model.run(x[:, :3], None)
    with pytest.raises(ValueError, match="one step at a time"):
        model.run(x[:, :2], model.copy(state))
    y, _ = model.run(x[:, 3:], state)
    np.testing.assert_allclose(y, model.whole(x)[:, 3:], atol=1e-14)


def test_torchs_own_layers_say_which_axes_they_take():
    with pytest.raises(ConfigError, match="batch_first must be False"):
        stateful_of(nn.GRU(3, 4), batch_first=True)


def test_a_bidirectional_layer_runs_and_its_prefix_differs():
    model = stateful_of(nn.GRU(3, 4, bidirectional=True))
    x = model.inputs(2, 6, 0)
    assert np.abs(model.whole(x)[:, :3] - model.whole(x[:, :3])).max() > 1e-4


def test_the_users_module_stays_as_it_was():
    module = own.Symbols().train()
    before = copy.deepcopy(module.state_dict())
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    model = stateful_of(module)
    with model.drawn(1), model.moved(0):
        model.run(model.inputs(2, 4, 0), None)
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_default_dtype() is torch.float32
    assert module.training
    for key, value in module.state_dict().items():
        assert value.dtype is torch.float32
        assert torch.equal(value, before[key])


def test_what_a_module_keeps_in_itself_is_not_put_back():
    class Keeps(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.h = nn.GRU(3, 4, batch_first=True), None

        def forward(self, x, state=None):
            y, self.h = self.rnn(x, self.h)
            return y, self.h

    model = stateful_of(Keeps())
    x = model.inputs(2, 4, 0)
    assert np.abs(model.run(x, None)[0] - model.run(x, None)[0]).max() > 1e-4


def test_the_gradient_comes_through_the_state():
    model = stateful_of(nn.GRU(3, 4))
    x, mixture = model.inputs(2, 6, 0), np.random.default_rng(0).normal(size=(2, 3, 4))
    found = model.gradient([x[:, :3], x[:, 3:]], mixture)
    step = 1e-6 * np.eye(1, x[:, :3].size).reshape(x[:, :3].shape)

    def loss(first):
        state = model.run(first, None)[1]
        return (model.run(x[:, 3:], state)[0] * mixture).sum()

    slope = (loss(x[:, :3] + step) - loss(x[:, :3] - step)) / 2e-6
    assert found.shape == (2, 3, 3)
    assert found.flat[0] == pytest.approx(slope, rel=1e-5)
    assert abs(slope) > 1e-4


def test_the_gradient_of_symbols_is_that_of_their_vectors():
    model = stateful_of(own.WordModel())
    x = model.inputs(2, 6, 0)
    found = model.gradient([x[:, :4], x[:, 4:]], np.ones((2, 2, 7)))
    assert found.shape == (2, 4, 5)
    assert np.abs(found).min() > 0


def test_moved_weights_differ_in_the_last_place_and_come_back():
    model = stateful_of(nn.GRU(3, 4))
    x = model.inputs(2, 6, 0)
    with model.ready():
        y = model.whole(x)
        with model.moved(0):
            gap = np.abs(model.whole(x) - y).max()
        np.testing.assert_array_equal(model.whole(x), y)
    assert 0 < gap < 1e-14


def test_draws_differ_in_how_slowly_they_forget():
    model, lost = stateful_of(nn.GRU(3, 4)), []
    x = model.inputs(4, 40, 0)
    other = np.concatenate([model.inputs(4, 10, 1), x[:, 10:]], 1)
    for seed in range(3):
        with model.drawn(seed):
            y = model.whole(x)
            lost.append(np.abs(y - model.whole(other))[:, -1].max() / y.std())
    assert lost[0] < lost[1] < lost[2]


def test_symbols_differ_everywhere_and_leave_out_padding():
    model = stateful_of(own.Symbols())
    one, two = model.inputs(4, 30, 0), model.inputs(4, 30, 1)
    assert (one != two).all()
    assert set(np.unique(one)) == set(range(1, 9))


class Only(nn.Module):
    """Answers without a state."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class NoTensors(Only):
    """A state without a tensor."""

    def forward(self, x, state=None):
        return self.rnn(x)[0], "state"


class Forgets(Only):
    """Takes a state and returns none."""

    def forward(self, x, state=None):
        return self.rnn(x, state)[0]


class Broken(Only):
    """Answers that are no numbers."""

    def forward(self, x, state=None):
        return self.rnn(x, state)[0] * float("nan"), torch.zeros(2)


class LastOnly(Only):
    """One answer for a whole sequence."""

    def forward(self, x, state=None):
        y, state = self.rnn(x, state)
        return y[:, -1], state


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (Only, "takes no state; give it an argument `state`"),
        (NoTensors, "holds no tensor: it is a str"),
        (Forgets, "forward returns no state; return (outputs, state)"),
    ],
)
def test_without_a_state_only_whole_sequences_run(module, reason):
    model = stateful_of(module())
    x = model.inputs(2, 5, 0)
    assert model.whole(x).shape == (2, 5, 4)
    with pytest.raises(NotSupported, match=reason.replace("(", r"\(").replace(")", r"\)")):
        model.run(x, None)
    assert model.support("rows").verdict == "refused"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: stateful_of(Broken()), "finite outputs"),
        (lambda: stateful_of(LastOnly()), "an output for each time step"),
        (lambda: stateful_of(nn.GRU(3, 4), features=2), "could not be called"),
        (lambda: stateful_of(nn.GRU(3, 4), features=0), "features must be"),
        (lambda: stateful_of(nn.Embedding(1, 4)), "at least 2 symbols"),
        (lambda: stateful_of(own.Symbols(), symbols=1), "symbols must be"),
        (lambda: stateful_of("LSTM"), "a torch.nn.Module"),
        (lambda: stateful_of(nn.GRU(3, 4), example=[1]), "example must be"),
    ],
)
def test_bad_use_is_told_in_a_sentence(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
