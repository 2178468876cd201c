"""Models of transformers, with the real library: it is not among what the quick tests have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import echospan  # noqa: E402
from echospan.adapters.huggingface import stateful_of  # noqa: E402
from echospan.adapters.huggingface.precision import float64  # noqa: E402
from echospan.adapters.huggingface.weights import drawn, moved  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def weights_of(model: Any) -> list[np.ndarray]:
    return [each.detach().numpy().copy() for each in model.parameters()]


def test_inner_casts_are_undone_inside_alone() -> None:
    with float64():
        x = torch.ones(3, dtype=torch.float32)
        casts = [x, x.float(), x.half(), x.to(torch.float32), x.to("cpu", torch.bfloat16)]
        casts.append(torch.softmax(x, -1, dtype=torch.float32))
        assert {each.dtype for each in casts} == {torch.float64}
        assert torch.arange(3, dtype=torch.int64).dtype == torch.int64
    assert torch.ones(1).dtype == torch.float32


def test_weights_are_put_back() -> None:
    model = stateful_of("Mamba2ForCausalLM").model
    before = weights_of(model)
    with drawn(model, 1):
        assert any(not np.array_equal(a, b) for a, b in zip(before, weights_of(model), strict=True))
    with moved(model, 1):
        for one, other in zip(before, weights_of(model), strict=True):
            assert (one != other).all()
            assert np.allclose(one, other, rtol=1e-15, atol=1e-300)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights_of(model), strict=True))


def test_other_seeds_give_other_inputs_everywhere() -> None:
    model = stateful_of("GPT2LMHeadModel")
    one, other = model.inputs(2, 30, 0), model.inputs(2, 30, 1)
    assert (one != other).all()
    assert one.min() >= 3
    assert one.max() < 64


@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "Mamba2ForCausalLM"])
def test_sound_models_conform(name: str) -> None:
    report = echospan.conform(f"hf:{name}")
    assert report.verdict == "conforms"
    assert report["chunks"].power > 0.1


@pytest.mark.skipif(
    transformers.__version__ != "5.24.0", reason="a fault of the version that was looked at"
)
def test_mamba_restarts_at_a_chunk_of_more_than_one_token(tmp_path: Path) -> None:
    report = echospan.conform("hf:MambaForCausalLM", checks=["steps", "chunks", "pad_right_more"])
    assert report["steps"].verdict == "pass"
    assert report["pad_right_more"].verdict == "not_promised"
    chunks = report["chunks"]
    assert chunks.verdict == "fault"
    assert chunks.smallest_case == {"batch": 1, "cuts": [1, 2]}
    assert "echospan" not in chunks.script
    file = tmp_path / "fault.py"
    file.write_text(chunks.script)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    difference = float(done.stdout.split("largest difference: ")[1].split(";")[0])
    assert difference > 1e-4


def test_where_the_output_holds_no_cache_the_script_makes_one() -> None:
    script = stateful_of("RecurrentGemmaForCausalLM").script()
    assert script is not None
    assert "DynamicCache" in script.build[1]
    assert "    return output.logits.numpy(), state" in script.run


def test_an_instance_is_copied() -> None:
    torch.manual_seed(0)
    sizes = {"vocab_size": 40, "n_embd": 16, "n_layer": 1, "n_head": 2}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes)).eval()
    before = weights_of(model)
    report = echospan.conform(model, checks=["steps", "pad_left", "reorder"])
    assert report.verdict == "conforms"
    assert report.model == "GPT2LMHeadModel"
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    assert all(np.array_equal(a, b) for a, b in zip(before, weights_of(model), strict=True))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MambaForCausal", "Did you mean 'hf:MambaForCausalLM'"),
        ("T5ForConditionalGeneration", "encoder-decoder"),
        ("LlamaModel", "ForCausalLM"),
        ("LlamaConfig", "no model"),
        ("OpenAIGPTLMHeadModel", "takes a cache"),
        ("ReformerModelWithLMHead", "random hashes"),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(name: str, said: str) -> None:
    with pytest.raises(echospan.ConfigError, match=said) as caught:
        stateful_of(name)
    assert caught.value.field == "model"
    assert "\n" not in str(caught.value)


def test_a_vocabulary_of_one_is_refused() -> None:
    sizes = {"vocab_size": 1, "n_embd": 16, "n_layer": 1, "n_head": 2}
    ids = {"bos_token_id": 0, "eos_token_id": 0}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, **ids))
    with pytest.raises(echospan.ConfigError, match="vocabulary of at least 2"):
        stateful_of(model)


def test_an_encoder_decoder_is_refused() -> None:
    sizes = {"vocab_size": 40, "d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1}
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**sizes, num_heads=2))
    with pytest.raises(echospan.ConfigError, match="a decoder alone"):
        stateful_of(model)
