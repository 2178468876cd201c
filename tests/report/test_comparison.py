from __future__ import annotations

from typing import Any

from echospan.report.comparison import NOTHING, told


def comparison(**parts: Any) -> dict[str, Any]:
    return {"sheets": [{"model": "lstm", "distance": "lag"}], **parts}


def test_models_farther_than_the_same_one_share_a_sentence_the_farthest_first():
    pairs = [
        {"model": "gru", "span": 10, "than": "lstm", "fails_at": 9},
        {"model": "lru", "span": 20, "than": "lstm", "fails_at": 9},
        {"model": "lru", "span": 20, "than": "gru", "fails_at": 14},
        {"model": "tcn", "span": 9, "than": "lstm", "fails_at": 9},
    ]
    assert told(comparison(farther=pairs)) == [
        "Farther than lstm, which fails at lag 9: lru (20), gru (10) and tcn (9).",
        "Farther than gru, which fails at lag 14: lru (20).",
    ]


def test_only_differences_beyond_the_intervals_are_told_by_lag():
    found = [
        {"lag": 10, "better": "gru", "worse": "lstm", "by": 0.191, "beyond": True},
        {"lag": 10, "better": "lru", "worse": "lstm", "by": 0.2, "beyond": True},
        {"lag": 9, "better": "gru", "worse": "lstm", "by": 0.073, "beyond": True},
        {"lag": 8, "better": "gru", "worse": "lstm", "by": 0.01, "beyond": False},
    ]
    assert told(comparison(differences=found)) == [
        "Lag 9: above lstm, beyond the intervals: gru (by 7.3 points).",
        "Lag 10: above lstm, beyond the intervals: lru (by 20.0 points) and gru (by 19.1 points).",
    ]


def test_nothing_apart_is_said_too():
    assert told(comparison(farther=[], differences=[])) == [NOTHING]


def test_another_task_names_its_own_distance():
    pairs = [{"model": "lru", "span": 6, "than": "lstm", "fails_at": 4}]
    sheets = [{"model": "lstm", "distance": "pairs"}]
    assert told({"sheets": sheets, "farther": pairs}) == [
        "Farther than lstm, which fails at pairs 4: lru (6)."
    ]
