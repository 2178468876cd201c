"""What people see, matched with the symptoms that findings name: by words, whatever the wording.

Words of one meaning become one token ("val", "test" and "validation"), phrases such as "does not go
down" too, and so does the order in "validation better than training". A token counts the more, the
fewer symptoms have it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from echospan.doctor.catalogue import Entry, catalogue

NEAR = 0.4
"""Least likeness, from 0 to 1, of a description and a symptom that it may mean."""
WITH_IT = 0.75
"""Symptoms count that are this near the best match."""

NOT = (
    r"(?:does not|do not|did not|doesnt|dont|didnt|is not|isnt|are not|arent|not|never|wont|cannot|"
    r"cant|no)"
)
PHRASES = (
    (r"[’']", ""),
    (r"(?:9\d|100) ?(?:%|percent)|(?<![\d.])1\.0+(?!\d)", " perfect "),
    (r"(?:50 ?|0\.50?) ?(?:%|percent)|(?<![\d.])0\.50?(?!\d)", " chance "),
    (r"\d+\.\d+", " "),
    (r"overfit\w*", "training better than validation"),
    (r"underfit\w*", "loss flat"),
    (r"vanish\w* gradients?|gradients? vanish\w*", "past ignored"),
    (r"same (?:input|inputs|data|batch|seed|code|model|script)", "input"),
    (r"out of sample|held out|hold out|unseen|new data", "validation"),
    (r"not a number", "nan"),
    (r"(?:goes|go|going|went|shoots|shot) (?:up|through the roof)", "explodes"),
    (r"(?:one|a|1|single) (?:time )?step (?:behind|late|too late|back)|one behind", "shifted"),
    (r"(?:copies|repeats|copy|repeating) the (?:last|previous|latest) (?:value|input|step)",
     "predicts shifted"),
    (r"(?:last|previous) value", "shifted"),
    (rf"{NOT} (?:\w+ )?(?:reproducible|reproduce|deterministic|repeatable|the same|same)",
     "different"),
    (r"too good(?: to be true)?", "perfect"),
    (rf"{NOT} (?:\w+ )?(?:go down|going down|decreas\w*|improv\w*|learn\w*|fall\w*|drop\w*|"
     r"chang\w*|converg\w*|mov\w*|train\w*|reduc\w*|updat\w*)", "flat"),
    (rf"{NOT} (?:\w+ )?(?:work\w*|generali\w*)", "useless"),
    (r"(?:single|one|same|a constant|majority) (?:class|value|number|answer|output|label)",
     "mean"),
    (r"(?:50 50|coin flip\w*|random guess\w*|no better than guessing)", "chance"),
    (r"in (?:use|production|practice|real life|deployment)|at (?:inference|test time)",
     "afterwards"),
    (r"slower and slower|slows down", "slower"),
    (r"out of memory|memory leak", "memory grows"),
)  # fmt: skip
"""Phrases and what they become, in this order."""

WORDS = {
    "flat": "flat stuck plateau plateaus plateaued stagnate stagnates stagnating unchanged stays "
    "stay remains stagnant still",
    "loss": "loss losses cost error mse rmse mae",
    "accuracy": "accuracy acc score scores auc f1",
    "predict": "predict predicts predicted prediction predictions output outputs forecast "
    "forecasts forecasting answer answers",
    "mean": "mean average constant median identical same majority",
    "shifted": "shift shifted shifts lag lags lagged lagging delay delayed late behind offset "
    "persistence naive",
    "different": "different differ differs random vary varies varying nondeterministic "
    "irreproducible inconsistent changing changes",
    "validation": "validation val test testing eval evaluation evaluating valid",
    "training": "train training trained trains fit fitting",
    "better": "better",
    "worse": "worse",
    "nan": "nan nans inf infinite infinity",
    "explodes": "explode explodes exploding exploded diverge diverges diverging diverged blows "
    "blow huge increases increase increasing rises rise grows rising",
    "unstable": "unstable oscillates oscillate oscillating oscillation jumps jump noisy spikes "
    "spike fluctuates fluctuating bounces",
    "perfect": "perfect perfectly excellent great 100 amazing unrealistic suspiciously",
    "useless": "useless nonsense garbage fails fail bad wrong poor terrible rubbish gibberish",
    "afterwards": "afterwards later inference production deployment real live",
    "slow": "slow slowly slower",
    "chance": "chance guessing guess",
    "padding": "padding padded pad pads mask masked masking",
    "batch": "batch batches batchsize",
    "order": "order sorted shuffled shuffle shuffling permuted",
    "generated": "generated generate generates generation generating sampled autoregressive "
    "recursive",
    "crash": "crash crashes crashed exception raises stops error-message refused",
    "memory": "memory ram",
    "past": "past history context earlier older memoryless forgets forget",
    "ignored": "ignored ignores ignore ignoring",
    "zero": "zero zeros 0",
    "gpu": "gpu cuda cudnn",
    "simple": "simple simpler baseline baselines linear stateless",
    "part": "part parts layer layers some",
    "weights": "weight weights parameters parameter",
    "length": "length lengths",
}
TOKENS = {word: token for token, words in WORDS.items() for word in words.split()}
LITTLE = """
a an the is are was be been it its my our your their this that these to of in on at by for from
with and or but so as than very much more less most i we you they he she model network net lstm
rnn gru keras torch pytorch why what when how always all each every time times run runs result
results while during only just has have had get gets got give gives gave value values epoch
epochs after although some one if do does can not no up down go goes become becomes there almost
completely really seems seem data rate high low higher lower nothing
"""
EMPTY = set(LITTLE.split())
"""Words that say little of what is seen."""


@dataclass(frozen=True)
class Match:
    """A symptom that a description may mean.

    Attributes:
        symptom: As the findings name it.
        likeness: From 0 to 1.
        codes: Findings that name it, in the order of a report.
    """

    symptom: str
    likeness: float
    codes: tuple[str, ...]


def symptoms() -> dict[str, list[Entry]]:
    """All symptoms with the findings that name them, those of most findings first."""
    found: dict[str, list[Entry]] = {}
    for entry in catalogue().values():
        for symptom in entry.symptoms:
            found.setdefault(symptom, []).append(entry)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def match(description: str) -> list[Match]:
    """Symptoms that a description may mean, the likeliest first; empty where none is near.

    Args:
        description: What is seen, in any words.
    """
    known = symptoms()
    tokens = {symptom: tokens_of(symptom) for symptom in known}
    often = Counter(token for own in tokens.values() for token in own)
    asked = tokens_of(description)
    found = [
        Match(symptom, likeness, tuple(entry.code for entry in known[symptom]))
        for symptom, own in tokens.items()
        if (likeness := _likeness(asked, own, often, len(tokens))) >= NEAR
    ]
    found.sort(key=lambda each: (-each.likeness, each.symptom))
    return [each for each in found if each.likeness >= WITH_IT * found[0].likeness]


def tokens_of(text: str) -> set[str]:
    """The tokens of a description: what its words mean."""
    text = text.lower().replace("-", " ")
    for phrase, becomes in PHRASES:
        whole = phrase if "[" in phrase or becomes.strip() != becomes else rf"\b(?:{phrase})\b"
        text = re.sub(whole, becomes, text)
    words = re.findall(r"[a-z0-9]+", text)
    compared = _compared(words)
    if compared:
        return {compared}
    return {TOKENS.get(word, word) for word in words if word not in EMPTY}


def _compared(words: list[str]) -> str:
    """Which of training and validation is better, where a description says it."""
    tokens = [TOKENS.get(word, "") for word in words]
    if "training" not in tokens or "validation" not in tokens:
        return ""
    first, second = sorted(("training", "validation"), key=tokens.index)
    wins = "better" in tokens or "perfect" in tokens[: tokens.index(second)]
    loses = "worse" in tokens
    small, large = "lower" in words or "low" in words, "higher" in words or "high" in words
    if small or large:
        # A loss is better where it is lower, all else where it is higher; the first word counts.
        lower = small and (not large or min(_places(words, "low")) < min(_places(words, "high")))
        wins = lower == ("loss" in tokens)
        loses = not wins
    if wins == loses:
        return ""
    return f"{first} better" if wins else f"{second} better"


def _places(words: list[str], start: str) -> list[int]:
    return [place for place, word in enumerate(words) if word.startswith(start)]


def _likeness(asked: set[str], own: set[str], often: Counter[str], symptoms: int) -> float:
    def weight(token: str) -> float:
        # A word that no symptom has says little of which is meant.
        return math.log(1 + symptoms / often[token]) if often[token] else 1.0

    shared = sum(weight(token) for token in asked & own)
    if not shared:
        return 0.0
    whole = math.sqrt(sum(map(weight, asked)) * sum(map(weight, own)))
    return shared / whole
