"""Remedies in torch's own words, where those of the shared probes are Keras's."""

from __future__ import annotations

from dataclasses import replace

from echospan.results.check_report import Finding

REMEDIES = {
    "padding-after-end": "x = torch.nn.utils.rnn.pack_padded_sequence(\n"
    "    x, lengths, batch_first=True, enforce_sorted=False\n"
    ")  # before the recurrent layer; its state is then that of each last real step",
    "rows-mixed": "# torch.nn.LSTM(..., batch_first=True); x.transpose(0, 1), never view;\n"
    "# of h_n, which is (layers, batch, units): torch.cat([h_n[-2], h_n[-1]], dim=1)",
    "future-visible": "# bidirectional=False; a causal attn_mask; padding only in front in Conv1d",
}
"""By code."""


def for_torch(finding: Finding) -> Finding:
    """The finding with a remedy for a torch module."""
    if finding.remedy.startswith("model.summary()"):
        return replace(finding, remedy=finding.remedy.replace("model.summary()", "print(model)"))
    return replace(finding, remedy=REMEDIES.get(finding.code, finding.remedy))
