"""What transformers does not promise, by the name of a check, with the reason."""

from __future__ import annotations

from echospan.adapters.huggingface.packing import KEYWORDS, POSITIONS

PAD_RIGHT_MORE = (
    "transformers asks for padding on the left where text is generated: after padding on the "
    "right the state holds the padding (issue 48256)."
)
PAD_STEPS = (
    "transformers takes the prompts of a batch in one call: a chunk that holds nothing but padding "
    "for some row is outside of what `generate` does."
)
PACKED_BY_POSITIONS = (
    "The documentation says that position ids alone separate documents in attention only: the "
    "recurrence and the convolution need seq_idx or cu_seq_lens."
)
UNREAD_KEYWORDS = "This model's module does not read seq_idx or cu_seq_lens."


def promises_of(recurrent: bool, reads_keywords: bool) -> dict[str, str]:
    """Reasons by the name of a check.

    Args:
        recurrent: Whether the model has a recurrent or convolution state.
        reads_keywords: Whether its source reads the keywords of packing.
    """
    found = {"pad_right_more": PAD_RIGHT_MORE, "pad_steps": PAD_STEPS}
    if recurrent:
        found[f"packed:{POSITIONS}"] = PACKED_BY_POSITIONS
        if not reads_keywords:
            found[f"packed:{KEYWORDS}"] = UNREAD_KEYWORDS
    return found
