"""A small GPT-2 on symbols that repeat the one before the last: at chance, then trained, saved."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

import echospan
from echospan.cli.main import run


def main(folder: Path) -> None:
    transformers.logging.set_verbosity_error()
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 5, 6000)
    for at in range(3, len(ids)):
        if rng.uniform() < 0.9:
            ids[at] = ids[at - 3]
    config = transformers.GPT2Config(
        vocab_size=5, n_positions=32, n_embd=32, n_layer=2, n_head=2, bos_token_id=0,
        eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    held = ids[4000:]
    with pytest.raises(echospan.DataError, match="at chance"):
        echospan.uses(model, held, windows=256)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    train = torch.tensor(ids[:4000])
    model.train()
    for _ in range(300):
        firsts = torch.randint(0, len(train) - 32, (16,))
        batch = torch.stack([train[first : first + 32] for first in firsts])
        optimizer.zero_grad()
        model(input_ids=batch, labels=batch).loss.backward()
        optimizer.step()
    report = echospan.uses(model, held, windows=400, donors=4)
    print(report)
    assert model.training
    assert report.window == 31
    assert report.uses in (3, 4), report.uses
    assert any("weights for positions" in each for each in report.explanations)
    model.eval().save_pretrained(folder / "model")
    np.savez(folder / "ids.npz", x=held)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run([
            "uses", "--model", f"hf:{folder / 'model'}", "--data", str(folder / "ids.npz"),
            "--windows", "400", "--donors", "4", "--json",
        ])  # fmt: skip
    assert code == 0, out.getvalue()
    told = json.loads(out.getvalue())
    assert told["uses"] == report.uses
    print("as expected")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
