"""Classes of transformers as `echospan.span` trains them: size, symbols, length, errors."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import echospan  # noqa: E402
from echospan.adapters.huggingface.memory import numbers_kept  # noqa: E402
from echospan.adapters.huggingface.spanned import LONGEST, symbol_model  # noqa: E402
from echospan.adapters.resolve import has_width, resolve_model  # noqa: E402
from echospan.errors import ConfigError  # noqa: E402
from echospan.spans.api import largest_lag  # noqa: E402
from echospan.spans.keep.sources import fingerprints  # noqa: E402
from echospan.spans.plan import make_plan  # noqa: E402

QUICK = {"protocol": "quick-1", "symbols": 4, "lags": [1], "seeds": 1, "rates": [0.01]}


@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "LlamaForCausalLM", "MambaForCausalLM"])
def test_it_scores_each_symbol_and_forgets_nothing_in_training(name: str) -> None:
    model = symbol_model(name, 6, 16)
    x = torch.randint(0, 6, (2, 9))
    assert model(x).shape == (2, 9, 6)
    assert torch.equal(model.train()(x), model.eval()(x)), "it drops numbers in training"
    # No symbol is special: each has a vector that is trained.
    model(x).sum().backward()
    vectors = model.model.get_input_embeddings()
    assert vectors.num_embeddings == 6
    assert vectors.padding_idx is None


def test_widths_are_multiples_of_eight() -> None:
    sizes = [sum(p.numel() for p in symbol_model("LlamaForCausalLM", 6, units).parameters())
             for units in (1, 8, 11, 16)]  # fmt: skip
    assert sizes[0] == sizes[1] == sizes[2] < sizes[3]


def test_the_state_of_a_recurrent_model_is_counted() -> None:
    config = transformers.MambaConfig(
        vocab_size=6, hidden_size=8, state_size=4, num_hidden_layers=1, conv_kernel=4
    )
    # Twice the width: four numbers of state and four of the convolution for each channel.
    assert numbers_kept(transformers.MambaForCausalLM(config)) == 2 * 8 * (4 + 4)
    assert numbers_kept(symbol_model("LlamaForCausalLM", 6, 8).model) is None


def test_weights_of_positions_limit_the_lag() -> None:
    plan = make_plan("standard-1")
    learned = resolve_model("hf:GPT2LMHeadModel", plan.task, units=8)
    assert learned.longest == LONGEST
    most = largest_lag(learned)
    length = plan.task.longer * plan.task.training_length(most)
    assert length <= LONGEST < plan.task.longer * plan.task.training_length(most + 1)
    assert learned.adapter(learned.start(0, 0.01)).fresh(0)(torch.zeros((1, length)).long()).shape
    free = resolve_model("hf:LlamaForCausalLM", plan.task, units=8)
    assert (free.longest, largest_lag(free)) == (None, plan.task.largest)
    with pytest.raises(ConfigError, match=f"lags must be at most {most}"):
        echospan.span("hf:GPT2LMHeadModel", lags=[1, most + 1], units=8)


def test_a_number_of_parameters_is_brought_near_or_refused_with_the_smallest() -> None:
    task = make_plan("quick-1").task
    assert has_width("hf:LlamaForCausalLM")
    near = resolve_model("hf:LlamaForCausalLM", task, params=8000)
    assert 4000 < near.parameters < 16000
    assert near.wanted_parameters is None
    with pytest.raises(ConfigError, match=r"with a width of \d+ it has [\d,]+ parameters"):
        resolve_model("hf:GPT2LMHeadModel", task, params=1000)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hf:LamaForCausalLM", "Did you mean 'hf:LlamaForCausalLM'"),
        ("hf:T5ForConditionalGeneration", "encoder-decoder"),
        ("hf:CpmAntForCausalLM", "32 steps of a prompt"),
    ],
)
def test_a_class_that_can_not_be_used_is_refused_in_one_line(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        echospan.span(name, **QUICK)
    assert "\n" not in str(caught.value)


def test_a_task_of_numbers_is_refused() -> None:
    with pytest.raises(ConfigError, match="task must be one of symbols"):
        resolve_model("hf:LlamaForCausalLM", make_plan("quick-1", task="adding").task)


def test_nothing_but_versions_stands_for_its_files() -> None:
    assert fingerprints("hf:LlamaForCausalLM") == {}


@pytest.mark.slow
def test_span_compare_and_sweep_take_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    sheet = echospan.span("hf:LlamaForCausalLM", updates=50, params=1300, **QUICK)
    assert (sheet.model, sheet.framework) == ("LlamaForCausalLM", "torch")
    assert 0 < sheet.per_lag[0].accuracy < 1
    assert sheet.checks["causal"].passed
    assert any("small configuration" in note for note in sheet.notes)
    found = echospan.compare(["hf:LlamaForCausalLM", "last-value"], updates=20, **QUICK)
    assert [one.model for one in found.sheets] == ["LlamaForCausalLM", "last-value"]
    file = tmp_path / "sweep.toml"
    file.write_text(
        'verb = "span"\nmodel = "hf:LlamaForCausalLM"\nprotocol = "quick-1"\nlags = [1]\n'
        "seeds = 1\nrates = [0.01]\nupdates = 20\n[sweep]\nsymbols = [2, 4]\n"
    )
    swept = echospan.sweep(file, store=tmp_path / "store", workers=1)
    assert [row.state for row in swept.rows] == ["finished"] * 2
