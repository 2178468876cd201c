"""The check in Lightning's trainer, with the real library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
lightning = pytest.importorskip("lightning")

from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

import echospan.lightning  # noqa: E402
from echospan.errors import ConfigError  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class Module(lightning.LightningModule):
    """A GRU with dropout, so that random numbers count."""

    def __init__(self, *, batch_first: bool = True) -> None:
        super().__init__()
        self.memory = torch.nn.GRU(1, 8, batch_first=batch_first)
        self.drop, self.head = torch.nn.Dropout(0.2), torch.nn.Linear(8, 1)

    def forward(self, x: Any) -> Any:
        return self.head(self.drop(self.memory(x)[0][:, -1]))

    def training_step(self, batch: Any, number: int) -> Any:
        x, y = batch
        return torch.nn.functional.mse_loss(self(x), y)

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), 0.01)


def trained(checks: bool, *, batch_first: bool = True, **settings: Any) -> tuple[Any, Any]:
    torch.manual_seed(0)
    x = torch.as_tensor(np.random.default_rng(0).normal(size=(96, 6, 1)).astype("float32"))
    loader = DataLoader(TensorDataset(x, x[:, 2] ** 2), batch_size=8, shuffle=True)
    module = Module(batch_first=batch_first)
    checking = echospan.lightning.FramingCheck(show=False, loss=torch.nn.MSELoss(), **settings)
    trainer = lightning.Trainer(
        max_epochs=2,
        logger=False,
        accelerator="cpu",
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[checking] if checks else [],
    )
    trainer.fit(module, loader)
    return module, checking


def test_training_is_the_same_with_the_check_and_without() -> None:
    (one, checking), (other, _) = trained(True), trained(False)
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert checking.report.ok
    assert "96 samples of a data loader" in checking.report.looked[0]
    assert checking.report.call["batch_size"] == 8
    assert not any("cannot be cloned" in told for told in checking.report.skipped)
    assert checking.watched.ok
    assert "4 updates" in checking.watched.looked[0]


def test_a_module_that_mixes_rows_is_found_and_can_stop_the_training() -> None:
    _, checking = trained(True, batch_first=False)
    assert "rows-mixed" in checking.report.codes
    with pytest.raises(ConfigError, match="rows-mixed"):
        trained(True, batch_first=False, stop=True)
