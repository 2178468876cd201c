from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.output_cases import sine
from doctor.bench.parts import stack
from echospan.adapters.adapt import facts_of, read_data
from echospan.adapters.support import NotCloneable
from echospan.doctor.examination import Examination

X, Y = (each.astype("float32") for each in sine(-1, 1))


def examination(model, **settings):
    known = facts_of(model)
    data = read_data(model, known, X, Y, batch_size=32)
    return Examination(
        model=model, facts=known, data=data, batch_size=32, shuffle=True, reset_state="batch",
        **settings,
    )  # fmt: skip


def keras_model(optimizer):
    model = stack((12, 1), keras.layers.GRU(4), keras.layers.Dense(1))
    model.compile(optimizer, "mse")
    return model


def test_updates_of_a_keras_clone_learn_and_leave_the_model_alone():
    rate = keras.optimizers.schedules.ExponentialDecay(0.02, 100, 0.9)
    model = keras_model(keras.optimizers.Adam(rate))
    before = [np.array(v.value) for v in [*model.variables, *model.optimizer.variables]]
    look = examination(model)
    course = look.course
    losses = course.made(40)
    assert losses[-1] < 0.5 * losses[0]
    assert course.made(10) == losses[:10]
    # Adam moves a weight by about its rate in each update.
    assert 0.02 < max(course.moved().values()) <= 40 * 0.03
    assert (look.rate.kind, look.rate.scheduled, look.rate.normalises) == ("Adam", True, True)
    assert look.rate.rate == pytest.approx(0.02)
    after = [np.array(v.value) for v in [*model.variables, *model.optimizer.variables]]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_a_model_that_is_not_compiled_is_skipped():
    model = keras.Sequential([keras.Input((12, 1)), keras.layers.GRU(4), keras.layers.Dense(1)])
    look = examination(model)
    assert look.course is None
    assert look.rate is None
    assert look.skipped == ["updates of a clone: it is not compiled with an optimizer and a loss"]


def module():
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.GRU(1, 4, batch_first=True)
            self.heads = [torch.nn.Linear(4, 1)]

        def forward(self, x):
            return self.heads[0](self.body(x)[0][:, -1])

    torch.manual_seed(0)
    return torch, Net()


def test_updates_of_a_torch_clone_learn_and_leave_module_and_optimizer_alone():
    torch, net = module()
    body, head = net.body.parameters(), net.heads[0].parameters()
    groups = [{"params": body, "lr": 0.05}, {"params": head}]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    # A scheduler puts a step of its own into the optimizer.
    torch.optim.lr_scheduler.StepLR(optimizer, 10)
    before = [p.detach().clone() for g in optimizer.param_groups for p in g["params"]]
    look = examination(net, optimizer=optimizer, loss=torch.nn.MSELoss())
    losses = look.course.made(40)
    assert losses[-1] < 0.5 * losses[0]
    assert set(look.course.moved()) >= {"body.weight_hh_l0", "heads[0].weight"}
    assert min(look.course.moved().values()) > 0
    assert (look.rate.groups, look.rate.momentum) == ((0.05, 0.1), 0.9)
    after = [p for g in optimizer.param_groups for p in g["params"]]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert not optimizer.state
    assert all(p.grad is None for p in after)


def test_only_what_the_optimizer_holds_is_trained():
    torch, net = module()
    net.body.weight_hh_l0.requires_grad_(False)
    look = examination(net, optimizer=torch.optim.Adam(net.parameters()), loss=torch.nn.MSELoss())
    assert set(look.course.moved()) == {
        "body.weight_ih_l0", "body.bias_ih_l0", "body.bias_hh_l0",
    }  # fmt: skip
    look.course.made(3)
    assert set(look.course.trial.parameters()) == set(look.course.moved())


def test_an_optimizer_that_cannot_be_made_again_is_skipped():
    torch, net = module()
    for optimizer in (torch.optim.LBFGS(net.parameters()), torch.optim.SGD([torch.zeros(1)])):
        look = examination(net, optimizer=optimizer, loss=torch.nn.MSELoss())
        assert look.course is None
        assert len(look.skipped) == 1


def test_a_pair_of_functions_has_no_optimizer():
    from echospan.adapters.adapt import trial_of

    pair = (lambda key: {}, lambda params, x: x)
    with pytest.raises(NotCloneable, match="without an optimizer"):
        trial_of(pair, facts_of(pair), X[:2])


def test_check_takes_optimizer_epochs_and_thorough():
    torch, net = module()
    optimizer = torch.optim.Adam(net.parameters())
    report = echospan.check(
        net, X, Y, loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=3, thorough=True
    )
    assert report.unused == ()
    with pytest.raises(echospan.ConfigError, match="optimizer must be an optimizer made for"):
        echospan.check(net, X, Y, optimizer="adam")
