"""Vocabularies of values in memory, numbered as those of a column are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from echospan.data.kinds import KindChoice, decide
from echospan.data.vocabulary import Vocabulary


def vocabulary_of(values: Iterable[str | int | None], kind: KindChoice = "auto") -> Vocabulary:
    texts = ["" if value is None else str(value) for value in values]
    counter = Counter(text for text in texts if text.strip())
    distinct, counts = list(counter), np.array(list(counter.values()))
    decided = decide(
        distinct,
        counts,
        kind,
        subject="values",
        where=lambda place: f"position {texts.index(distinct[place])}",
    )
    return Vocabulary.number(decided, distinct, counts)[0]
