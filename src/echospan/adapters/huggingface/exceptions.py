"""The one table of families whose configuration or whose call differs from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exceptional:
    """What differs in one family.

    Attributes:
        reason: Why, in a sentence.
        sizes: Arguments of the configuration, in place of those of `sizes.SIZES`.
        refused: Why no model is made from a class name; empty where one is.
        no_mask: Why it takes a mask and does not read it; empty where it does.
    """

    reason: str
    sizes: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    no_mask: str = ""


EXCEPTIONS: Mapping[str, Exceptional] = {
    "bamba": Exceptional("Attention layers are listed by index.", {"attn_layer_indices": [1]}),
    "cpmant": Exceptional("", refused="it puts 32 steps of a prompt of its own before the inputs"),
    "dbrx": Exceptional(
        "Attention and experts have configurations of their own.",
        {
            "attn_config": {"kv_n_heads": 2, "rope_theta": 1e4, "clip_qkv": 8},
            "ffn_config": {"ffn_hidden_size": 64, "moe_num_experts": 4, "moe_top_k": 2},
        },
    ),
    "deepseek_v4": Exceptional(
        "Three kinds of layers compress keys by rates of their own, the smallest of which is 4.",
        {
            "o_groups": 2,
            "o_lora_rank": 8,
            "compress_rates": {"compressed_sparse_attention": 4, "heavily_compressed_attention": 8},
        },
    ),
    "dots3_note": Exceptional("Every head has keys of its own.", {"num_key_value_heads": 4}),
    "ernie4_5_moe": Exceptional("Experts for each step have a name of their own.", {"moe_k": 2}),
    "gemma3n_text": Exceptional(
        "The last layers use keys of earlier ones of the same kind.",
        {
            "num_hidden_layers": 4,
            "num_kv_shared_layers": 2,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "activation_sparsity_pattern": [0.0] * 4,
            "laurel_rank": 8,
        },
    ),
    "gpt_neo": Exceptional(
        "Kinds of layers come with how often they are repeated.",
        {"attention_types": [[["global", "local"], 1]]},
    ),
    "granitemoehybrid": Exceptional(
        "The default has no attention.", {"layer_types": ["mamba", "attention"]}
    ),
    "jamba": Exceptional(
        "Attention and experts come by a period.",
        {
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "expert_layer_period": 2,
            "expert_layer_offset": 1,
            "use_mamba_kernels": False,
        },
    ),
    "lfm2": Exceptional(
        "The default has no convolution.",
        {"layer_types": ["conv", "full_attention"], "block_multiple_of": 8},
    ),
    "lfm2_moe": Exceptional(
        "The default names no kinds.", {"layer_types": ["conv", "full_attention"]}
    ),
    "minimax": Exceptional("The inner block has a name of its own.", {"block_size": 8}),
    "mamba2": Exceptional("Heads are twice as wide as the model.", {"head_dim": 16}),
    "musicgen_decoder": Exceptional("", refused="its inputs are several codebooks of sound"),
    "musicgen_melody_decoder": Exceptional("", refused="its inputs are several codebooks of sound"),
    "recurrent_gemma": Exceptional(
        "Kinds of layers are called blocks.", {"block_types": ["recurrent", "attention"]}
    ),
    "reformer": Exceptional(
        "", refused="it draws random hashes, so that the same call gives other answers"
    ),
    "rwkv": Exceptional(
        "Its forward warns that it does not use the mask.",
        no_mask="its forward warns that attention_mask is not used",
    ),
    "xlstm": Exceptional(
        "Widths of keys and values are rounded up to multiples of 64.",
        {"hidden_size": 64, "qk_dim_factor": 1.0},
    ),
    "xmod": Exceptional("A language has to be chosen.", {"default_language": "en_XX"}),
    "zamba": Exceptional(
        "Kinds of layers are called blocks, and one expands by heads.",
        {
            # The first shared layer must be used again.
            "num_hidden_layers": 4,
            "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"],
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "use_mamba_kernels": False,
            "num_key_value_heads": 4,
        },
    ),
    "zamba2": Exceptional(
        "Kinds of layers are called blocks.",
        {
            "num_hidden_layers": 3,
            "layers_block_type": ["mamba", "hybrid", "mamba"],
            "n_mamba_heads": 4,
            "num_key_value_heads": 4,
        },
    ),
    "zaya": Exceptional("It takes one expert for each step.", {"num_experts_per_tok": 1}),
}
"""By the `model_type` of the configuration."""
