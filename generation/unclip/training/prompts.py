"""What a checkpoint is asked for when it is measured: seen and held-out pairs of style and concept, and synonyms."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .captions import ALIASES, STYLES, Record, with_article
from .mix import EVERYDAY
from .palette import SCENE, sample_color

SEEN, EVERYDAY_SEEN, HELD_OUT, SYNONYMS = "a, all seen", "a, everyday", "b, held-out pairs", "c, synonyms"
#: One prompt a line, in rows of twelve; the last two rows are held-out pairs.
SHEET_PROMPTS = tuple((Path(__file__).parent / "sheet_prompts.txt").read_text(encoding="utf-8").splitlines())
SHEET_COLUMNS = 12
_WORD = re.compile(r"[\w-]+")
_SYNONYMS = Path(__file__).parent / "synonyms.txt"


@dataclass(frozen=True)
class Ask:
    """A prompt and the seed it is drawn from; the picture should have `style`, one of `concepts` and `background`."""

    prompt: str
    seed: int
    style: str
    concepts: tuple[str, ...]
    background: str


@dataclass(frozen=True)
class Wish:
    """A prompt's style and subject, before it has a background other than `color`, the color of the subject.

    A subject that fills its frame, as in a photo, has none.
    """

    subject: str
    style: str
    concepts: tuple[str, ...]
    color: str | None
    fills_frame: bool = False


def synonyms() -> dict[str, tuple[str, ...]]:
    """Words that stand for a concept, each with the concepts that answer it, the commonest first."""
    lines = _SYNONYMS.read_text(encoding="utf-8").splitlines()
    return {word: tuple(concepts.split("|")) for word, concepts in (line.split("\t") for line in lines)}


def said_words(records: Iterable[Record]) -> str:
    """All words that captions of these pictures may hold, the phrases set apart, for `is_said`."""
    phrases = {phrase.lower() for record in records for phrase in (record.subject, *record.tags)}
    phrases |= {phrase.lower() for phrase in (*STYLES.values(), *itertools.chain(*ALIASES.values()))}
    return "|".join(f" {' '.join(_WORD.findall(phrase))} " for phrase in sorted(phrases))


def is_said(phrase: str, words: str) -> bool:
    return f" {phrase.lower()} " in words


def wishes(records: Sequence[Record], concepts: Collection[str]) -> tuple[dict[str, list[Wish]], list[str]]:
    """What may be asked for of each kind, out of the concepts that the judge knows, and the synonyms left out."""
    known = [record for record in records if record.concept in concepts and not record.is_captioned]
    seen, held_out = (_one_of_each_pair(record for record in known if record.split == s) for s in ("train", "heldout"))
    words = said_words(records)
    used = {word: names for word, names in synonyms().items() if not is_said(word, words)}
    kinds = {
        SEEN: [_wish(record) for record in seen.values()],
        EVERYDAY_SEEN: [_wish(record) for record in seen.values() if record.concept in EVERYDAY],
        HELD_OUT: [_wish(record) for pair, record in held_out.items() if pair not in seen],
        SYNONYMS: list(_of_synonyms(used, seen.values())),
    }
    left_out = sorted(synonyms().keys() - {wish.subject for wish in kinds[SYNONYMS]})
    return {kind: found for kind, found in kinds.items() if found}, left_out


def _one_of_each_pair(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    """The first picture of each concept in each style: a hundred photos of a tulip are one thing to ask for."""
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        found.setdefault((record.concept, record.style), record)
    return found


def _wish(record: Record) -> Wish:
    return Wish(record.subject, record.style, (record.concept,), record.color, record.fills_frame)


def _of_synonyms(used: dict[str, tuple[str, ...]], seen: Iterable[Record]) -> Iterator[Wish]:
    """Each synonym in every style that the first of its concepts was seen in."""
    by_concept: dict[str, list[Record]] = {}
    for record in seen:
        by_concept.setdefault(record.concept, []).append(record)
    for word, concepts in used.items():
        for record in by_concept.get(concepts[0], ()):
            yield replace(_wish(record), subject=word, concepts=concepts)


def asks(wished: Sequence[Wish], count: int, seed: int = 0) -> list[Ask]:
    """`count` prompts, each wish as often as the others but for one, on colors at random; the same for a seed."""
    rng = random.Random(seed)
    shuffled = rng.sample(wished, len(wished))
    return [_ask(wish, number, rng) for number, wish in enumerate(itertools.islice(itertools.cycle(shuffled), count))]


def _ask(wish: Wish, seed: int, rng: random.Random) -> Ask:
    prompt, background = pair_prompt(wish.style, wish.subject), SCENE.name
    if not wish.fills_frame:
        background = sample_color(rng, avoid=wish.color).name
        prompt += f" on {with_article(background)} background"
    return Ask(prompt, seed, wish.style, wish.concepts, background)


def pair_prompt(style: str, subject: str) -> str:
    """The words for a subject in the style of this key: "a 3D icon of a red apple"."""
    return f"{with_article(STYLES[style])} of {with_article(subject)}"


def held_out_in_sheet(records: Iterable[Record]) -> int:
    """How many of the sheet's prompts name a pair that this set holds out."""
    pairs = {pair_prompt(record.style, record.subject) for record in records if record.split == "heldout"}
    return sum(prompt.partition(" on ")[0] in pairs for prompt in SHEET_PROMPTS)
