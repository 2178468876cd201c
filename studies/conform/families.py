"""The classes that are checked, by kind."""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, ...]] = {
    "State space and recurrent models": (
        "MambaForCausalLM",
        "FalconMambaForCausalLM",
        "Mamba2ForCausalLM",
        "RwkvForCausalLM",
        "xLSTMForCausalLM",
    ),
    "Hybrids of attention and a recurrence or a convolution": (
        "BailingHybridForCausalLM",
        "BambaForCausalLM",
        "FalconH1ForCausalLM",
        "GraniteMoeHybridForCausalLM",
        "InklingForCausalLM",
        "JambaForCausalLM",
        "KimiLinearForCausalLM",
        "LaraMiniForCausalLM",
        "Lfm2ForCausalLM",
        "Lfm2MoeForCausalLM",
        "Lfm3ForCausalLM",
        "MiniMaxForCausalLM",
        "NemotronHForCausalLM",
        "OlmoHybridForCausalLM",
        "Qwen3NextForCausalLM",
        "Qwen3_5ForCausalLM",
        "Qwen3_5MoeForCausalLM",
        "RecurrentGemmaForCausalLM",
        "ZambaForCausalLM",
        "Zamba2ForCausalLM",
        "ZayaForCausalLM",
    ),
    "Attention": (
        "GPT2LMHeadModel",
        "GPTNeoForCausalLM",
        "GPTNeoXForCausalLM",
        "GPTJForCausalLM",
        "OPTForCausalLM",
        "BloomForCausalLM",
        "FalconForCausalLM",
        "MptForCausalLM",
        "LlamaForCausalLM",
        "Llama4ForCausalLM",
        "MistralForCausalLM",
        "MixtralForCausalLM",
        "PhiForCausalLM",
        "Phi3ForCausalLM",
        "Qwen2ForCausalLM",
        "Qwen3ForCausalLM",
        "Qwen3MoeForCausalLM",
        "GemmaForCausalLM",
        "Gemma2ForCausalLM",
        "Gemma3ForCausalLM",
        "Gemma3nForCausalLM",
        "Gemma4ForCausalLM",
        "CohereForCausalLM",
        "Cohere2ForCausalLM",
        "DeepseekV2ForCausalLM",
        "DeepseekV3ForCausalLM",
        "DeepseekV32ForCausalLM",
        "DeepseekV4ForCausalLM",
        "DiffLlamaForCausalLM",
        "DogeForCausalLM",
        "GptOssForCausalLM",
        "GraniteForCausalLM",
        "ModernBertDecoderForCausalLM",
        "Olmo2ForCausalLM",
        "Olmo3ForCausalLM",
        "SmolLM3ForCausalLM",
        "StableLmForCausalLM",
        "Starcoder2ForCausalLM",
    ),
}
"""Class names of transformers; a version that lacks one says so in its row."""


def names_of(kind: str | None = None) -> tuple[str, ...]:
    """All class names, or those of one kind."""
    chosen = FAMILIES if kind is None else {kind: FAMILIES[kind]}
    return tuple(name for names in chosen.values() for name in names)
