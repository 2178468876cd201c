from __future__ import annotations

from studies.cogscale.patience import LONG, SHORT, Run


def test_ten_epochs_without_a_better_one_end_a_run():
    run = Run(0, 0.1)
    for epoch, error in enumerate([0.5, 0.4, *[0.45] * 9], 1):
        assert not run.note(epoch, error, values=epoch)
    assert run.note(12, 0.4, values=12)
    assert (run.best.valid, run.best.values, run.epochs) == (0.4, 2, 12)


def test_the_best_of_the_first_epochs_is_kept_apart():
    run = Run(0, 0.1)
    for epoch in range(1, LONG + 1):
        assert not run.note(epoch, 1 / epoch, values=epoch)
    assert (run.early.values, run.best.values) == (SHORT, LONG)
    assert run.early.valid == 1 / SHORT


def test_a_run_that_breaks_down_ends():
    assert Run(0, 0.1).note(1, float("nan"))
