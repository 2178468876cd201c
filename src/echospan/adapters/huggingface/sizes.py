"""Small sizes for any configuration of a causal language model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from echospan.adapters.huggingface.exceptions import EXCEPTIONS

HIDDEN = 32
VOCABULARY = 64
BLOCK = 8
"""Length at which a model cuts a sequence itself; small, so that short inputs span several."""
WINDOW = 8

SIZES: Mapping[str, Any] = {
    "vocab_size": VOCABULARY,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    # Width.
    "hidden_size": HIDDEN,
    "n_embd": HIDDEN,
    "d_model": HIDDEN,
    "emb_dim": HIDDEN,
    "embedding_size": HIDDEN,
    "embedding_dim": None,
    "word_embed_proj_dim": HIDDEN,
    "input_embedding_size": HIDDEN,
    "output_embedding_size": HIDDEN,
    "intermediate_size": 64,
    "ffn_dim": 64,
    "n_inner": 64,
    "dff": 64,
    "dim_ff": 64,
    "d_inner": 64,
    "decoder_ffn_dim": 64,
    "encoder_ffn_dim": 64,
    "ffn_hidden_size": 64,
    "moe_intermediate_size": 32,
    "expert_ffn_hidden_size": 32,
    "shared_expert_intermediate_size": 32,
    "shared_experts_intermediate_size": 32,
    "shared_intermediate_size": 32,
    "moe_shared_expert_intermediate_size": 32,
    "hidden_size_per_layer_input": 8,
    "vocab_size_per_layer_input": VOCABULARY,
    "dense_intermediate_size": 64,
    # Depth.
    "num_hidden_layers": 2,
    "n_layer": 2,
    "n_layers": 2,
    "num_layers": 2,
    "decoder_layers": 2,
    "num_decoder_layers": 2,
    # The cache counts these layers, though a decoder alone has none of them.
    "encoder_layers": 2,
    "num_encoder_layers": 2,
    "max_window_layers": 1,
    "num_mtp_layers": 0,
    "num_nextn_predict_layers": 0,
    # Heads.
    "num_attention_heads": 4,
    "n_head": 4,
    "n_heads": 4,
    "num_heads": 4,
    "attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_attention_heads": 4,
    "num_decoder_attention_heads": 4,
    "num_encoder_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "dim_head": 8,
    "rotary_dim": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "index_head_dim": 8,
    "index_n_heads": 2,
    # Fewer than the steps of a check, so that the indexer has to choose.
    "index_topk": 8,
    # Experts.
    "num_experts": 4,
    "n_routed_experts": 4,
    "num_local_experts": 4,
    "moe_num_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    "num_dense_layers": 1,
    # Lengths.
    "max_position_embeddings": 256,
    "n_positions": 256,
    "n_ctx": 256,
    "max_seq_len": 256,
    "context_length": 256,
    "sliding_window": WINDOW,
    "attention_window_size": WINDOW,
    "local_attention": WINDOW,
    "window_size": WINDOW,
    "attention_chunk_size": BLOCK,
    "chunk_size": BLOCK,
    "mamba_chunk_size": BLOCK,
    # Recurrent layers.
    "state_size": 8,
    "ssm_state_size": 8,
    "mamba_d_state": 8,
    "mamba_n_heads": 4,
    "mamba_num_heads": 4,
    "mamba_head_dim": 16,
    "mamba_d_head": 16,
    "mamba_d_ssm": 64,
    "mamba_n_groups": 1,
    "n_groups": 1,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_num_heads": 4,
    "linear_head_dim": 8,
    "lru_width": HIDDEN,
    # A decoder alone: answers must not see later inputs.
    "is_decoder": True,
    "attention_dropout": 0.0,
    # grouped_mm has no float64.
    "attn_implementation": "eager",
    "experts_implementation": "eager",
}
"""Values by the name of a configuration's argument, where it has one of that name."""

ALWAYS = ("attn_implementation", "experts_implementation")
KINDS = ("layer_types", "mlp_layer_types")
"""Arguments that name a kind for each layer."""


def small_sizes(config_class: Any) -> dict[str, Any]:
    """Arguments that make a small configuration in which each kind of layer appears.

    Args:
        config_class: A configuration class of transformers.
    """
    arguments = inspect.signature(config_class.__init__).parameters
    exception = EXCEPTIONS.get(getattr(config_class, "model_type", ""))
    own = exception.sizes if exception else {}
    chosen = {name: value for name, value in SIZES.items() if name in arguments or name in ALWAYS}
    if "kv_lora_rank" in arguments and "num_key_value_heads" in chosen:
        # Latent attention has keys for every head.
        chosen["num_key_value_heads"] = chosen["num_attention_heads"]
    if "layers" not in own:
        chosen.update(_kinds(config_class, chosen, own))
    chosen.update(own)
    return chosen


def _kinds(config_class: Any, chosen: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The kinds of layers that the default configuration has, each once, and their number."""
    depth = next((name for name in DEPTHS if name in chosen), None)
    arguments = inspect.signature(config_class.__init__).parameters
    kinds = {}
    default = config_class()
    for name in KINDS:
        listed = getattr(default, name, None)
        if name in arguments and name not in own and listed:
            kinds[name] = list(dict.fromkeys(listed))
    if depth is None or not kinds or depth in own:
        return {}
    layers = max(2, *map(len, kinds.values()))
    spread = {
        name: [each[min(layer, len(each) - 1)] for layer in range(layers)]
        for name, each in kinds.items()
    }
    return {depth: layers, **spread}


DEPTHS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers")
