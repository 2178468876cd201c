"""The check in Hugging Face's Trainer, and its models, with the real library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

import echospan.transformers  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SMALL = {"vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 32, "max_position_embeddings": 32}  # fmt: skip


def texts() -> list[dict[str, Any]]:
    rng, rows = np.random.default_rng(0), []
    for _ in range(96):
        length = int(rng.integers(4, 10))
        words = np.zeros(10, "int64")
        words[:length] = rng.integers(1, 20, length)
        mask = (np.arange(10) < length).astype("int64")
        rows.append({"input_ids": words, "attention_mask": mask, "labels": int(words[1] % 2)})
    return rows


def trained(checks: bool, folder: Path) -> tuple[Any, Any]:
    transformers.set_seed(0)
    model = transformers.BertForSequenceClassification(transformers.BertConfig(**SMALL))
    checking = echospan.transformers.FramingCheck(show=False)
    arguments = transformers.TrainingArguments(
        str(folder), num_train_epochs=1, per_device_train_batch_size=8, report_to=[],
        use_cpu=True, save_strategy="no", disable_tqdm=True, seed=3,
    )  # fmt: skip
    trainer = transformers.Trainer(
        model, arguments, train_dataset=texts(), callbacks=[checking] if checks else []
    )
    trainer.train()
    return model, checking


def test_training_is_the_same_with_the_check_and_without(tmp_path: Path) -> None:
    (one, checking), (other, _) = trained(True, tmp_path), trained(False, tmp_path)
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    report = checking.report
    assert report.ok, report.codes
    assert report.call["batch_size"] == 8
    assert any("cross-entropy" in told for told in report.looked)
    assert not any("cannot be cloned" in told for told in report.skipped)
    assert "4 updates" in checking.watched.looked[0]


def rows(move: int = 0) -> list[dict[str, Any]]:
    rng, found = np.random.default_rng(0), []
    for _ in range(96):
        words = [*rng.integers(0, 20, 2).tolist()]
        for _ in range(8):
            words.append((words[-1] + words[-2]) % 20)
        found.append({"input_ids": torch.tensor(words), "labels": torch.tensor(words)})
    return found


def loader(data: Any) -> Any:
    return torch.utils.data.DataLoader(data, batch_size=8)


def test_a_language_model_moves_its_labels_itself() -> None:
    config = transformers.GPT2Config(
        vocab_size=20, n_embd=16, n_layer=2, n_head=2, n_positions=32, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    report = echospan.check(transformers.GPT2LMHeadModel(config), loader(rows()))
    assert report.ok, report.codes
    assert "target-in-input" not in report.codes
    assert any("the next step's target" in told for told in report.looked)


def test_an_encoder_decoder_is_given_its_decoders_input() -> None:
    config = transformers.T5Config(
        vocab_size=20, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        decoder_start_token_id=0,
    )  # fmt: skip
    report = echospan.check(transformers.T5ForConditionalGeneration(config), loader(rows()))
    assert report.ok, report.codes
    assert any("decoder_input_ids" in told for told in report.looked)
    assert not any("cannot be cloned" in told for told in report.skipped)
