"""Hand-written loops, watched. Needs torch: `make slow` installs it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from echospan.doctor.watch import watch_torch  # noqa: E402
from echospan.errors import ConfigError  # noqa: E402

pytestmark = pytest.mark.slow


def detach(state):
    return tuple(part.detach() for part in state)


def same(state):
    return state


def train(*, within, between, calls=1, timesteps=1, retain=False, updates=5, **settings):
    """A loop of `calls` calls an update; what is done to the state between calls and updates."""
    torch.manual_seed(0)
    model = torch.nn.LSTM(1, 8, batch_first=True)
    optimizer = torch.optim.Adam(model.parameters())
    x = torch.randn(updates, calls, 4, timesteps, 1)
    watch = watch_torch(model, timesteps=timesteps, **settings)
    error = None
    try:
        with watch:
            state = None
            for update in x:
                loss = torch.zeros(())
                for batch in update:
                    outputs, state = model(batch, state)
                    loss = loss + outputs.square().mean()
                    state = within(state)
                optimizer.zero_grad()
                loss.backward(retain_graph=retain)
                optimizer.step()
                state = between(state)
    except RuntimeError as caught:
        error = caught
    return watch.report, error, model


def test_state_kept_with_its_graph_is_an_error_and_torchs_own_goes_on_to_the_user():
    report, error, _ = train(within=same, between=same)
    assert report.codes == ("state-graph-kept",)
    assert "second time" in str(error)
    evidence = report.findings[0].evidence
    assert evidence["update"] == 1
    assert evidence["stopped"]
    assert evidence["exact"]
    assert not report.ok


def test_the_remedy_makes_it_go_away():
    report, error, _ = train(within=same, between=detach)
    assert report.findings == ()
    assert error is None
    assert report.ok


def test_a_loop_that_detaches_after_each_call_inside_an_update():
    report, _, _ = train(within=detach, between=detach, calls=6)
    assert report.codes == ("state-detached-inside",)
    assert report.findings[0].evidence["calls"] == 6
    assert report.findings[0].evidence["reaches"] == 1


def test_state_without_gradients_inside_an_update_counts_as_detached():
    def no_grad(state):
        return tuple(torch.tensor(part.tolist()) for part in state)

    report, _, _ = train(within=no_grad, between=detach, calls=3)
    assert report.codes == ("state-detached-inside",)


def test_one_call_an_update_is_weak_for_a_lag_beyond_it_and_right_for_one_inside():
    assert train(within=same, between=detach, needs_lag=1)[0].codes == ("gradient-cut",)
    assert train(within=same, between=detach, needs_lag=1, timesteps=5)[0].codes == ()
    assert train(within=same, between=detach, needs_lag=1, calls=4)[0].codes == ()
    assert train(within=same, between=detach, needs_lag=5, timesteps=5)[0].codes == (
        "gradient-cut",
    )


def test_retained_graphs_over_parameters_that_do_not_change_in_place_are_found_too():
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.ones(()))

    class Sum(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = weight

        def forward(self, x, state):
            state = state + self.weight * x
            return state, state

    model = Sum()
    with watch_torch(model) as watch:
        state = torch.zeros(())
        for value in torch.randn(4):
            output, state = model(value, state)
            output.square().backward(retain_graph=True)
    assert watch.report.codes == ("state-graph-kept",)
    counts = watch.report.findings[0].evidence["nodes"]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert "slower and larger" in watch.report.findings[0].message


def test_several_losses_over_one_graph_and_gradients_added_up_are_fine():
    torch.manual_seed(0)
    model = torch.nn.GRU(1, 4, batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch_torch(model) as watch:
        for _ in range(3):
            for _ in range(2):  # two batches an update
                outputs, _ = model(torch.randn(2, 3, 1))
                outputs.square().mean().backward(retain_graph=True)
                outputs.abs().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
            model.eval()
            with torch.no_grad():
                model(torch.randn(2, 3, 1))
            model.train()
    assert watch.report.findings == ()


def test_two_networks_that_train_each_other_are_fine():
    torch.manual_seed(0)
    maker, judge = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    making, judging = (torch.optim.SGD(m.parameters(), 0.1) for m in (maker, judge))
    with watch_torch(judge) as watch:
        for _ in range(3):
            made = maker(torch.randn(4, 2))
            judging.zero_grad()
            judge(made.detach()).mean().backward()
            judging.step()
            making.zero_grad()
            judge(made).mean().backward()
            making.step()
    assert watch.report.findings == ()


def test_the_loop_trains_as_it_would_without_being_watched():
    def run(watched):
        torch.manual_seed(1)
        model = torch.nn.GRU(2, 4, batch_first=True)
        optimizer = torch.optim.Adam(model.parameters(), fused=True)
        before = torch.autograd.backward
        watch = watch_torch(model)
        if watched:
            watch.__enter__()
        for _ in range(6):
            outputs, _ = model(torch.randn(3, 4, 2))
            optimizer.zero_grad()
            outputs.square().mean().backward()
            optimizer.step()
        if watched:
            watch.__exit__(None, None, None)
        assert torch.autograd.backward is before
        assert not model._forward_hooks
        return [p.detach().numpy().copy() for p in model.parameters()], torch.rand(1).item()

    (weights, draw), (watched, watched_draw) = run(False), run(True)
    assert draw == watched_draw
    for one, other in zip(weights, watched, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_error_of_the_loops_own_leaves_nothing_behind():
    model = torch.nn.Linear(1, 1)
    before = torch.autograd.backward
    watch = watch_torch(model)
    with pytest.raises(ZeroDivisionError), watch:
        raise ZeroDivisionError
    assert torch.autograd.backward is before
    assert not model._forward_hooks
    assert watch.report.findings == ()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"updates": 1}, "updates"),
        ({"needs_lag": -1}, "needs_lag"),
        ({"timesteps": 0}, "timesteps"),
    ],
)
def test_wrong_settings_are_named(settings, named):
    with pytest.raises(ConfigError, match=named):
        watch_torch(torch.nn.Linear(1, 1), **settings)


def test_what_is_no_module_and_a_report_read_too_early():
    with pytest.raises(ConfigError, match=r"model must be a torch\.nn\.Module"):
        watch_torch(lambda x: x)
    with pytest.raises(ConfigError, match="after the with block"):
        _ = watch_torch(torch.nn.Linear(1, 1)).report
