"""What the lexicon lets guess of words that no caption says: which of the pictures' concepts they may mean."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .captions import OWN, STYLES, Record, caption
from .lexicon import NEAR, Lexicon, likeness
from .palette import sample_background

#: A cosine larger by this makes a concept e times likelier to be meant.
TEMPERATURE = 0.05
#: A longer text of the lexicon is a caption, no word.
MOST_WORDS = 3


class Guide:
    """`words` that mean about the same as some concept, and the cosines (words, concepts) of their meanings."""

    def __init__(self, words: Sequence[str], cosines: np.ndarray) -> None:
        self.words, self.cosines = list(words), cosines

    @classmethod
    def of(cls, lexicon: Lexicon, records: Sequence[Record], concepts: Sequence[str]) -> Guide | None:
        """For concepts of these records; None where the lexicon holds no word that is near to any of them."""
        place = {text: row for row, text in enumerate(lexicon.texts)}
        subjects = {record.concept: record.subject for record in records}
        rows = [row for text, row in place.items() if _is_word(text)]
        named = [n for n, concept in enumerate(concepts) if subjects.get(concept) in place]
        cosines = np.full((len(rows), len(concepts)), -np.inf, np.float32)
        meanings = lexicon.meanings[[place[subjects[concepts[n]]] for n in named]]
        if len(rows) and len(named):
            cosines[:, named] = likeness(lexicon.meanings[rows], meanings)
        near = np.flatnonzero(cosines.max(axis=1, initial=-np.inf) >= NEAR)
        return cls([lexicon.texts[rows[n]] for n in near], cosines[near].astype(np.float16)) if len(near) else None

    def captions(self, rng: random.Random, count: int) -> tuple[list[str], Tensor]:
        """`count` captions of words at random, and how likely (count, concepts) each means which concept."""
        chosen = [rng.randrange(len(self.words)) for _ in range(count)]
        likely = torch.softmax(torch.from_numpy(self.cosines[chosen]).float() / TEMPERATURE, dim=1)
        return [_say(self.words[n], rng) for n in chosen], likely


def _is_word(text: str) -> bool:
    return len(text.split()) <= MOST_WORDS and "," not in text and "background" not in text and text not in _STYLE_WORDS


_STYLE_WORDS = frozenset(STYLES.values())
_STYLES = tuple(key for key in STYLES if key != OWN)


def _say(word: str, rng: random.Random) -> str:
    """A caption as a picture of it would have, in any style."""
    record = Record(word, word, rng.choice(_STYLES), (), None, "lexicon", "", "train")
    return caption(record, color=None, background=sample_background(rng).name, rng=rng) or word
