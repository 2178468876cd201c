"""What the differences between the ablations mean, in sentences."""

from __future__ import annotations

from echospan.results.uses import UsesAblation, UsesHurt


def explanations(
    average: UsesAblation,
    restart: UsesAblation,
    shuffle: UsesAblation,
    *,
    steps: int,
    answers: int | None,
    hurt: UsesHurt | None,
    positions: bool,
) -> tuple[str, ...]:
    """Sentences about the differences that the intervals show.

    Args:
        average: What average says.
        restart: What restart says.
        shuffle: What shuffle says.
        steps: Steps of the full context.
        answers: Steps from which on the answers don't change.
        hurt: The largest improvement without older steps.
        positions: Whether the model has weights for positions.
    """
    found = []
    if shown_longer(restart, average):
        found.append(
            f"A fresh start needs {restart.uses} steps, though the answers use only the "
            f"{newest(average.uses)}: older ones may come from anywhere in the data. "
            + (
                "The model has weights for positions, and a restart moves all steps to other "
                "positions: restart measures that, not memory."
                if positions
                else "The state must warm up, or positions are counted from the first step; the "
                "older steps hold nothing that lowers the loss."
            )
        )
    elif positions and restart.uses is not None:
        found.append(
            "The model has weights for positions, and a restart moves all steps to other "
            "positions: read restart with care."
        )
    if shown_longer(average, restart):
        found.append(
            f"The {newest(restart.uses)} alone would do, but wrong older steps harm up to "
            f"{average.uses} steps back: the model does not need them and does not ignore them, "
            "as one that averages over all its inputs."
        )
    used = min((each.uses for each in (average, restart) if each.uses is not None), default=None)
    if used is not None and shuffle.interval is not None:
        end = min(each.interval[0] for each in (average, restart) if each.interval is not None)
        if shuffle.interval[1] < end:
            found.append(
                f"Beyond the {newest(shuffle.uses)} the order of the steps does not matter, only "
                "which they are."
                if shuffle.uses
                else "The order of the steps does not matter, only which steps they are."
            )
    ends = [each.interval[1] for each in (average, restart) if each.interval is not None]
    if answers is not None and ends and answers > min(ends):
        found.append(
            f"Answers change with inputs up to {answers} steps back; the loss does not depend on "
            "those "
            f"beyond the {newest(used)}."
        )
    if hurt is not None:
        share = f"{100 * hurt.share:.1f} %"
        found.append(
            f"With only the {newest(hurt.kept)} the loss is lower, by {share} of the gain: "
            "older steps hurt."
        )
    if used is not None and used >= steps:
        found.append(
            f"All {steps} steps of the windows are used; with longer windows it may be more."
        )
    return tuple(found)


def newest(steps: int | None) -> str:
    """So many newest steps, in words."""
    return "newest step" if steps == 1 else f"newest {steps} steps"


def shown_longer(one: UsesAblation, other: UsesAblation) -> bool:
    """Whether one ablation's interval lies above the other's."""
    return (
        one.interval is not None
        and other.interval is not None
        and one.interval[0] > other.interval[1]
    )
