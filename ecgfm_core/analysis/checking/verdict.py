"""Whether a map is better than random: fixed rules, in this place only."""

from __future__ import annotations

from typing import NamedTuple

from ecgfm_core.analysis.checking.curves import Curves
from ecgfm_core.types import Chance, Stability, Stage

SURVIVES = 0.7
"""From this rank correlation with the map of a network of random weights on, about half of the map's variance is there
without anything learned: it shows the recording."""

REPEATS = 0.8
"""Below this rank correlation with a map of the same windows with noise that nobody sees, the map is not of this
encoder and this recording, or hangs on what is not in them. What `explain` gives lies at 0.99."""

_DONE = "removing and putting back what it marks"


class Verdict(NamedTuple):
    """Whether a map is better than random, and why, in one sentence."""

    better: bool
    sentence: str


def judge(tried: Curves, randomization: tuple[Stage, ...], stable: Stability, class_specific: bool) -> Verdict:
    """Apply the rules.

    A map is better than random where all of these hold; the first that does not is named:

    1. Removing and putting back in its order does more than in random orders of its cells. Deletion and insertion
       count together, as the mean of their gains: alone, each can be had without knowing anything, for a smooth map
       removes whole stretches, which moves both areas the same way, and the mean cancels that. The 95 % interval of
       the difference to one random order must lie above 0, so that of a hundred maps that mean nothing two or three
       pass.
    2. The same against the map itself, shuffled: the blobs are as smooth, and in the wrong place.
    3. A network of random weights gives another map (`SURVIVES`).
    4. The map comes out again under noise that nobody sees (`REPEATS`).
    """
    beside = [(tried.random, "in a random order")]
    if tried.shuffled is not None:
        beside.append((tried.shuffled, "in the order of the same map shuffled"))
    for chance, words in beside:
        if _low(chance) <= 0:
            return _worse(f"{_DONE} changes the score by {_gain(chance, words)}")
    last = randomization[-1].correlation
    if last >= SURVIVES:
        return _worse(f"a network of random weights gives nearly the same map (rank correlation {last:.2f})")
    if stable.noise < REPEATS:
        return _worse(f"noise that nobody sees gives another map (rank correlation {stable.noise:.2f})")
    tail = "" if class_specific else "; the map is the same for every label"
    return Verdict(True, f"Better than random: {_DONE} changes the score by {_gain(*beside[0])}{tail}.")


def _worse(why: str) -> Verdict:
    return Verdict(False, f"Not better than random: {why}.")


def _low(chance: Chance) -> float:
    assert chance.gain.low is not None
    return chance.gain.low


def _gain(chance: Chance, words: str) -> str:
    gain = chance.gain
    assert gain.value is not None
    more = f"{abs(gain.value):.2f} logits {'more' if gain.value > 0 else 'less'}"
    return f"{more} than {words} (95 % interval {gain.low:.2f} to {gain.high:.2f})"
