"""What is wrong with the shape of a module's output, and what to change."""

from __future__ import annotations


def shape_hint(shape: tuple[int, ...], rows: int, steps: int, wanted: int) -> str:
    """The sentence that says how to come from this output shape to (rows, steps, wanted).

    Args:
        shape: Of the output.
        rows: Sequences in the batch that it was given.
        steps: Time steps of each.
        wanted: Outputs at each step.
    """
    if shape == (rows, wanted):
        return (
            "It gives one output per sequence. Apply the readout to every step: "
            "self.out(h) in place of self.out(h[:, -1])."
        )
    if shape == (rows, wanted, steps):
        return "Its classes are on the middle axis: end in .transpose(1, 2)."
    if shape == (rows * steps, wanted):
        return "Its batch and time are one axis: reshape it to (batch, time, K)."
    if shape[:2] == (rows, steps) and len(shape) == 3:
        return (
            f"Its last axis has {shape[-1]} numbers in place of {wanted}: end it in a readout, "
            f"nn.Linear({shape[-1]}, K), with K the number that the function is called with."
        )
    if shape[:2] == (rows, steps) and wanted == 1:
        return "It lacks the last axis: leave out squeeze(-1), or end in .unsqueeze(-1)."
    if shape[:2] == (steps, rows):
        return "Its time axis comes first: end in .transpose(0, 1)."
    if shape in ((rows, steps), (rows, 1), (rows,)):
        return "It gives one number where a score for each of the K symbols is needed."
    return "Return a tensor (batch, time, K), with K the number that the function is called with."
