"""Search for the few lags that predict a symbol best, in one fold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb, log2

import numpy as np

from echospan.lookback.counting import PRICE, best_smoothing, counted, hedged, number, smoothed
from echospan.lookback.folds import FoldRows
from echospan.lookback.lag_scan import LagScan
from echospan.lookback.seen import Seen

LEAST_GAIN = 0.002
"""Bits per symbol that a further lag must save."""
MOST_LAGS = 6
NEWEST = 24
"""Lags among which all pairs are tried."""
PAIRS_UP_TO = 16
"""Most symbols for which all pairs are tried."""
TRIPLES_UP_TO = 3
"""Most symbols for which all triples are tried."""
TABLE = 4096
"""Largest table of counts by which a set of lags is compared."""


@dataclass(frozen=True)
class Node:
    """A set of lags and what it predicts.

    Attributes:
        lags: Steps from the symbol seen to the target.
        contexts: Number of each row's context, (rows,) int64; rows are those of training, choosing
            and scoring, in this order.
        space: How many contexts there may be.
        choose: Probabilities of the symbols that came at the choosing rows.
        score: The same at the scored rows.
    """

    lags: tuple[int, ...]
    contexts: np.ndarray
    space: int
    choose: np.ndarray
    score: np.ndarray

    @property
    def bits(self) -> float:
        """Mean code length at the choosing rows."""
        return float(-np.log2(self.choose).mean())


class LagSearch:
    """The best lags for each lookback, in one fold.

    Args:
        seen: Symbols, and what is asked.
        rows: The fold.
        horizon: The nearest lag.
    """

    def __init__(self, seen: Seen, rows: FoldRows, horizon: int) -> None:
        self._inputs, self._symbols, self._answers = seen.inputs, seen.symbols, seen.answers
        self._horizon = horizon
        self._scan = LagScan(seen, rows)
        self._positions = np.concatenate([rows.train, rows.choose, rows.score])
        self._came = seen.targets[self._positions].astype(np.int64)
        self._train = slice(0, len(rows.train))
        self._choose = slice(len(rows.train), len(rows.train) + len(rows.choose))
        self._score = slice(self._choose.stop, len(self._positions))
        self._nodes: dict[tuple[tuple[int, ...], tuple[int, ...]], Node] = {}
        self._savings: dict[tuple[int, ...], dict[tuple[int, ...], float]] = {}
        even = np.full(len(self._positions), 1 / seen.answers)
        nothing = np.zeros(len(even), np.int64)
        root = Node((), nothing, 1, even[self._choose], even[self._score])
        self._root = self._refined(root, root)
        self._marginal = self._marginals()

    def best(self, lookback: int, without: int | None = None) -> Node:
        """The lags within the lookback that code the choosing rows shortest, and what they say."""
        newest = range(self._horizon, self._horizon + lookback)
        lags = [lag for lag in newest if lag != without]
        node = self._root
        while len(node.lags) < MOST_LAGS:
            further = self._further(node, lags)
            if further is None:
                break
            node = further
        return node

    def probabilities(
        self, lookback: int, without: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the best lags, perhaps without one, say at the choosing and the scored rows."""
        return self._hedged(self.best(lookback, without))

    def alone(self, lag: int) -> tuple[np.ndarray, np.ndarray]:
        """What one lag says at the choosing and at the scored rows."""
        return self._hedged(self.extended(self._root, (lag,)))

    def _hedged(self, node: Node) -> tuple[np.ndarray, np.ndarray]:
        train = self._train.stop
        return (
            hedged(node.choose, self._root.choose, train),
            hedged(node.score, self._root.score, train),
        )

    def extended(self, node: Node, more: tuple[int, ...]) -> Node:
        """The node with more lags, smoothed by what it said without them."""
        key = node.lags, more
        if key not in self._nodes:
            contexts, space = node.contexts, node.space
            for lag in more:
                contexts = contexts * self._symbols + self._inputs[self._positions - lag]
                space *= self._symbols
            if space > TABLE:
                contexts, space = number(contexts, space)
            longer = Node(node.lags + more, contexts, space, node.choose, node.score)
            self._nodes[key] = self._refined(longer, node)
        return self._nodes[key]

    def _further(self, node: Node, lags: list[int]) -> Node | None:
        """The node with the most useful lags more, or None where none saves enough."""
        best: Node | None = None
        for size in self._sizes(node):
            if node.lags and best is not None:
                break
            near = lags if size == 1 else [lag for lag in lags if lag < self._horizon + NEWEST]
            free = [lag for lag in near if lag not in node.lags]
            candidates = list(combinations(free, size))
            if not candidates:
                continue
            saved = self._savings_of(node, candidates)
            found = self.extended(node, candidates[int(np.argmax(saved))])
            if self._worth(node, found) > (self._worth(node, best) if best else 0.0):
                best = found
        return best if best is None or node.lags else self._without_idle(best)

    def _worth(self, node: Node, longer: Node) -> float:
        """Bits per symbol that some lags more save beyond their price.

        Among many candidates one seems to help by chance. To name the lags and their smoothing
        takes some bits, and over all choosing rows they must save as many. The price is the same
        for all lookbacks, so that these do not differ by what they let pass.
        """
        more = longer.lags[len(node.lags) :]
        known = max(NEWEST, more[-1] - self._horizon + 1)
        price = (log2(comb(known, len(more))) + PRICE) / len(node.choose)
        return node.bits - longer.bits - max(LEAST_GAIN, price)

    def _without_idle(self, node: Node) -> Node:
        """Drop lags of a pair or triple that would not be added to the rest."""
        while len(node.lags) > 1:
            fewer = [
                self.extended(self._root, rest)
                for rest in combinations(node.lags, len(node.lags) - 1)
            ]
            best = min(fewer, key=lambda one: one.bits)
            price = (log2(NEWEST) + PRICE) / len(node.choose)
            idle = best.bits - node.bits <= max(LEAST_GAIN, price)
            if not idle or self._worth(self._root, best) <= 0:
                break
            node = best
        return node

    def _sizes(self, node: Node) -> list[int]:
        """How many lags to add at once; beyond the first set, pairs only where no lag helps."""
        most = 1
        if 1 < self._symbols <= PAIRS_UP_TO:
            most = 3 if self._symbols <= TRIPLES_UP_TO and not node.lags else 2
        return list(range(1, min(most, MOST_LAGS - len(node.lags)) + 1))

    def _savings_of(self, node: Node, candidates: list[tuple[int, ...]]) -> list[float]:
        known = self._savings.setdefault(node.lags, {})
        new = [more for more in candidates if more not in known]
        if new and not node.lags and self._symbols ** len(new[0]) * self._answers <= TABLE:
            found = self._scan.savings_from_none(self._marginal, np.array(new))
            known.update(zip(new, found.tolist(), strict=True))
        elif new:
            contexts = node.contexts[self._scan.rows]
            shorter = node.choose[self._scan.choose]
            for more in new:
                known[more] = self._scan.saving(contexts, node.space, shorter, more)
        return [known[more] for more in candidates]

    def _refined(self, node: Node, shorter: Node) -> Node:
        pairs = node.contexts * self._answers + self._came
        train, choose, score = self._train, self._choose, self._score
        at_choose = counted(pairs[train], pairs[choose], self._answers, node.space)
        smoothing, _ = best_smoothing(at_choose, shorter.choose, price=PRICE if node.lags else 0.0)
        if smoothing is None:
            return Node(node.lags, node.contexts, node.space, shorter.choose, shorter.score)
        at_score = counted(pairs[train], pairs[score], self._answers, node.space)
        return Node(
            node.lags,
            node.contexts,
            node.space,
            smoothed(at_choose, shorter.choose, smoothing),
            smoothed(at_score, shorter.score, smoothing),
        )

    def _marginals(self) -> np.ndarray:
        counts = np.bincount(self._came[self._train], minlength=self._answers) + 0.5
        shares: np.ndarray = counts / counts.sum()
        return shares
