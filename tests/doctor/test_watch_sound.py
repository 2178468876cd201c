"""Sound loops that look like faulty ones to a watch. Needs torch: `make slow` installs it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

torch = pytest.importorskip("torch")
import echospan  # noqa: E402
from doctor.bench import loop_cases  # noqa: E402
from doctor.bench.loop_cases import (  # noqa: E402
    batch_norm,
    batches,
    dropout,
    error_of,
    network,
    updates,
    usual,
)

pytestmark = pytest.mark.slow


def watch(model: Any, body: Any) -> Any:
    with echospan.watch_torch(model) as watched:
        body()
    return watched.report


def steps(model: Any, optimizer: Any, number: int = 5) -> None:
    for batch in batches(number):
        usual(model, optimizer, lambda batch=batch: error_of(model, batch))


def test_every_clean_twin_of_the_bench_is_left_alone():
    for case in loop_cases.CASES:
        assert case.clean().findings == (), case.name


@pytest.mark.parametrize("to_none", [True, False])
def test_gradients_added_up_on_purpose(to_none):
    def added(model: Any, optimizer: Any, loss: Any) -> None:
        for _ in range(4):
            (loss() / 4).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=to_none)

    assert updates(added).findings == ()


def test_gradients_added_up_over_more_batches_than_were_watched():
    assert updates(lambda model, optimizer, loss: loss().backward()).findings == ()


def test_steps_without_an_optimizer():
    def by_hand(model: Any, optimizer: Any, loss: Any) -> None:
        model.zero_grad()
        loss().backward()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter -= 0.01 * parameter.grad

    assert updates(by_hand).findings == ()


def test_an_optimizer_that_calls_the_loss_itself():
    def closure(model: Any, optimizer: Any, loss: Any) -> None:
        def again() -> Any:
            optimizer.zero_grad()
            value = loss()
            value.backward()
            return value

        optimizer.step(again)

    assert updates(closure, kind="LBFGS").findings == ()


def test_only_a_part_is_trained_is_a_note():
    model = network()
    optimizer = torch.optim.Adam(model.head.parameters())
    report = watch(model, lambda: steps(model, optimizer))
    assert [(f.code, f.severity) for f in report.findings] == [("parameters-not-stepped", "note")]
    for parameter in model.layer.parameters():
        parameter.requires_grad_(False)
    assert watch(model, lambda: steps(model, optimizer)).findings == ()


def test_two_optimizers_share_a_model():
    model = network()
    first = torch.optim.SGD(model.layer.parameters(), 0.1)
    second = torch.optim.Adam(model.head.parameters())

    def body() -> None:
        for batch in batches():
            first.zero_grad()
            second.zero_grad()
            error_of(model, batch).backward()
            first.step()
            second.step()

    assert watch(model, body).findings == ()


@pytest.mark.parametrize("watched", [0, 1])
def test_two_networks_that_train_against_each_other(watched):
    torch.manual_seed(0)
    maker = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8),
                                torch.nn.Linear(8, 2))  # fmt: skip
    judge = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Dropout(0.1),
                                torch.nn.Linear(8, 1))  # fmt: skip
    making, judging = (torch.optim.Adam(each.parameters()) for each in (maker, judge))

    def body() -> None:
        for _ in range(5):
            with torch.no_grad():
                made = maker(torch.randn(8, 3))
            judging.zero_grad()
            (judge(torch.randn(8, 2)) - judge(made)).mean().backward()
            judging.step()
            making.zero_grad()
            judge(maker(torch.randn(8, 3))).mean().backward()
            making.step()

    assert watch((maker, judge)[watched], body).findings == ()


def test_targets_that_a_model_makes_for_itself():
    model = dropout()
    optimizer = torch.optim.Adam(model.parameters())

    def body() -> None:
        for x, _ in batches():
            with torch.no_grad():
                target = model(x)
            usual(model, optimizer, lambda x=x, t=target: (model(x + 0.1) - t).square().mean())

    assert watch(model, body).findings == ()


def test_dropout_that_estimates_uncertainty():
    model = dropout()
    optimizer = torch.optim.Adam(model.parameters())

    def body() -> None:
        steps(model, optimizer)
        x = batches(1)[0][0]
        with torch.no_grad():
            torch.stack([model(x) for _ in range(5)]).std(0)

    assert watch(model, body).findings == ()


def test_batch_norm_that_is_counted_anew():
    model = batch_norm()
    optimizer = torch.optim.Adam(model.parameters())

    def body() -> None:
        steps(model, optimizer)
        torch.optim.swa_utils.update_bn([x for x, _ in batches(3)], model)

    assert watch(model, body).findings == ()


def test_a_state_that_is_warmed_up_without_gradients():
    model = network(torch.nn.Dropout(0.1))
    model.hands_on = True
    optimizer = torch.optim.Adam(model.parameters())

    def body() -> None:
        for x, y in batches():
            with torch.no_grad():
                _, state = model(x[:, :3])
            usual(model, optimizer, lambda x=x, y=y, s=state: (model(x[:, 3:], s)[0] - y).square()
                  .mean())  # fmt: skip

    assert watch(model, body).findings == ()


def stepwise() -> tuple[Any, Any]:
    torch.manual_seed(0)
    model = loop_cases.Cell(torch.nn.GRUCell(1, 8), torch.nn.Linear(8, 1))
    return model, torch.optim.Adam(model.parameters())


def train_stepwise(model: Any, optimizer: Any, series: Any, *, carried: bool = False) -> Any:
    """Sequences of 5 steps from one series (time, rows, 1); the next value at each."""
    state = None
    for start in range(0, len(series) - 6, 5):
        state, loss = (state if carried else None), torch.zeros(())
        for now, then in zip(series[start : start + 5], series[start + 1 :], strict=False):
            answer, state = model(now, state)
            loss = loss + (answer - then).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = state.detach()
    return state


def smooth(length: int = 60, rows: int = 4, start: float = 0.0) -> Any:
    time = torch.arange(length)[:, None, None] + 10 * torch.arange(rows)[None, :, None]
    return torch.sin(start + time / 4.0)


def test_a_model_that_goes_on_with_its_own_answers():
    model, optimizer = stepwise()

    def body() -> None:
        train_stepwise(model, optimizer, smooth())
        given, state = smooth()[-1], None
        with torch.no_grad():
            for _ in range(30):
                given, state = model(given, state)

    assert watch(model, body).findings == ()


def test_an_evaluation_over_one_long_series():
    model, optimizer = stepwise()

    def body() -> None:
        train_stepwise(model, optimizer, smooth())
        state = None
        with torch.no_grad():
            for now in smooth(60, start=1.3):
                _, state = model(now, state)

    assert watch(model, body).findings == ()


def test_state_that_is_carried_in_training_and_evaluation_alike():
    model, optimizer = stepwise()

    def body() -> None:
        state = train_stepwise(model, optimizer, smooth(), carried=True)
        with torch.no_grad():
            for now in smooth(60, start=15.0):
                _, state = model(now, state)

    assert watch(model, body).findings == ()


def test_nothing_of_the_optimizers_is_left_behind():
    from torch.optim import optimizer as place

    before = (len(place._global_optimizer_pre_hooks), len(place._global_optimizer_post_hooks))
    model = network()
    other = copy.deepcopy(model)
    watch(model, lambda: steps(model, torch.optim.Adam(model.parameters())))
    assert before == (
        len(place._global_optimizer_pre_hooks),
        len(place._global_optimizer_post_hooks),
    )
    # The weights are those of a loop that nobody watched.
    steps(other, torch.optim.Adam(other.parameters()))
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)
