"""What the lexicon lets guess of words that no caption says: which of the pictures' concepts they may mean.

The towers learn it from words alone, the prior and the decoder from pictures that are called by such words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .captions import OWN, STYLES, Record, caption
from .lexicon import NEAR, Lexicon, likeness
from .palette import sample_background
from .prompts import is_said, synonyms
from .shards import ImageSet

#: A cosine larger by this makes a concept e times likelier to be meant.
TEMPERATURE = 0.05
#: Where WordNet says what a word is a kind of, that is so much nearer than what its meaning alone is nearest to.
SURER = 0.1
#: The share of words that are said in the plural.
PLURAL = 0.15
#: The first words are said so many times as often as the last.
COMMONER = 10
#: The share of pictures that are called by a word which their captions do not have.
RENAMED = 0.4
#: A longer text of the lexicon is a caption, no word.
MOST_WORDS = 3


class Unseen(NamedTuple):
    """Captions of words that pictures do not have, how likely (B, concepts) each means which concept, and the same
    captions with one of the likely concepts' own words: "a 3D icon of a puppy", "a 3D icon of a dog"."""

    captions: list[str]
    likely: Tensor
    plain: list[str]


class Guide:
    """`words` that mean about the same as some concept, and the cosines (words, concepts) of their meanings.

    Words come as the lexicon has them, the commonest first, and the earlier the more often. `subjects` are the
    concepts' own words.
    """

    def __init__(self, words: Sequence[str], cosines: np.ndarray, subjects: Sequence[str]) -> None:
        self.words, self.cosines, self.subjects = list(words), cosines, list(subjects)
        count = len(self.words)
        self._cumulative = np.cumsum(1 / (np.arange(count) + count / (COMMONER - 1))).tolist()

    @classmethod
    def of(cls, lexicon: Lexicon, records: Sequence[Record], concepts: Sequence[str]) -> Guide | None:
        """For concepts of these records; None where the lexicon holds no word that is near to any of them."""
        place = {text: row for row, text in enumerate(lexicon.texts)}
        said = {record.concept: record.subject for record in records}
        subjects = [said.get(concept, concept) for concept in concepts]
        rows = [row for text, row in place.items() if _is_word(text)]
        named = [n for n, subject in enumerate(subjects) if subject in place]
        cosines = np.full((len(rows), len(concepts)), -np.inf, np.float32)
        meanings = lexicon.meanings[[place[subjects[n]] for n in named]]
        if len(rows) and len(named):
            cosines[:, named] = likeness(lexicon.meanings[rows], meanings)
        _raise_kinds(cosines, [lexicon.kinds.get(lexicon.texts[row], ()) for row in rows], subjects, named)
        near = np.flatnonzero(cosines.max(axis=1, initial=-np.inf) >= NEAR)
        words = [lexicon.texts[rows[n]] for n in near]
        return cls(words, cosines[near].astype(np.float16), subjects) if words else None

    def captions(self, rng: random.Random, count: int, *, alone: bool = False) -> Unseen:
        """`count` captions of words at random, or with `alone` nothing but the words."""
        chosen = rng.choices(range(len(self.words)), cum_weights=self._cumulative, k=count)
        likely = torch.softmax(torch.from_numpy(self.cosines[chosen]).float() / TEMPERATURE, dim=1)
        meant = torch.multinomial(likely, 1, generator=torch.Generator().manual_seed(rng.getrandbits(60)))
        pairs = []
        for n, concept in zip(chosen, meant.flatten().tolist(), strict=True):
            word = plural(self.words[n]) if rng.random() < PLURAL else self.words[n]
            chance = rng.random()
            both = (word, self.subjects[concept])
            pairs.append(both if alone else [_say(each, random.Random(chance)) for each in both])
        captions, plain = (list(each) for each in zip(*pairs, strict=True))
        return Unseen(captions, likely, plain)

    def rename(self, record: Record, rng: random.Random) -> Record:
        """Now and then a picture under another word that likely means its concept, and without tags to tell by."""
        known = self._others.get(record.subject)
        if record.is_captioned or not known or rng.random() >= RENAMED:
            return record
        (word,) = rng.choices(*known)
        return replace(record, subject=plural(word) if rng.random() < PLURAL else word, tags=())

    @cached_property
    def _others(self) -> dict[str, tuple[list[str], list[float]]]:
        """For each subject the words that mean it before any other, and how likely they do.

        None says a synonym that checkpoints are measured by, alone or in a phrase: no picture is ever called by those.
        """
        others: dict[str, tuple[list[str], list[float]]] = {}
        measured = {form for word in synonyms() for form in (word, plural(word))}
        for word, row in zip(self.words, self.cosines, strict=True):
            likely = torch.softmax(torch.from_numpy(row).float() / TEMPERATURE, dim=0)
            subject = self.subjects[int(likely.argmax())]
            if word != subject and not any(is_said(each, f" {word} ") for each in measured):
                words, chances = others.setdefault(subject, ([], []))
                words.append(word)
                chances.append(likely.max().item())
        return others


def _raise_kinds(
    cosines: np.ndarray, kinds: Sequence[Sequence[str]], subjects: Sequence[str], named: Sequence[int]
) -> None:
    """Of the subjects that each row's word is a kind of, makes the likeliest the nearest of that row."""
    numbers: dict[str, list[int]] = {}
    for n in named:
        numbers.setdefault(subjects[n], []).append(n)
    for row, possible in zip(cosines, kinds, strict=True):
        if known := [numbers[kind] for kind in possible if kind in numbers]:
            row[max(known, key=lambda each: row[each[0]])] = max(row.max(), NEAR) + SURER


def plural(noun: str) -> str:
    """The regular plural of a noun, or of the last word of a phrase."""
    if noun.endswith("s"):
        return noun
    if re.search(r"(?:x|z|ch|sh)$", noun):
        return f"{noun}es"
    return re.sub(r"([^aeiou])y$", r"\1ie", noun) + "s"


def _is_word(text: str) -> bool:
    return len(text.split()) <= MOST_WORDS and "," not in text and "background" not in text and text not in _STYLE_WORDS


_STYLE_WORDS = frozenset(STYLES.values())
_STYLES = tuple(key for key in STYLES if key != OWN)


def _say(word: str, rng: random.Random) -> str:
    """A caption as a picture of it would have, in any style."""
    record = Record(word, word, rng.choice(_STYLES), (), None, "lexicon", "", "train")
    return caption(record, color=None, background=sample_background(rng).name, rng=rng) or word


def renaming(images: ImageSet) -> Callable[[Record, random.Random], Record] | None:
    """`Guide.rename` for the pictures of a set; None where its lexicon, if any, has no other words for them."""
    lexicon = Lexicon.load(images.path)
    if not lexicon:
        return None
    guide = Guide.of(lexicon, images.records, sorted({record.concept for record in images.records}))
    return guide.rename if guide else None
