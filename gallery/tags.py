"""Tags as text: one spelling for each, and what a prompt suggests. Knows nothing of images or rows."""

import re
import unicodedata

from django.core.exceptions import ValidationError

from gallery import vocabulary as words

TAG_LENGTH = 50
TAGS_PER_IMAGE = 49

WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
CLAUSE = re.compile(r"[,.;:!?()\[\]{}\"\u201c\u201d\n/|]+")
JOINERS = "\u200c\u200d"


def normalize(name: str) -> str:
    """The one spelling of a tag: lower-case NFC, single spaces, nothing invisible. ValidationError when empty."""
    shown = "".join(char for char in name.lower().replace(",", " ") if char.isspace() or _shows(char))
    text = " ".join(unicodedata.normalize("NFC", shown).split())[:TAG_LENGTH].strip()
    if not text.strip(JOINERS):
        raise ValidationError("A tag needs at least one letter, digit or sign.")
    return text


def _shows(char: str) -> bool:
    """False for control, direction, surrogate and unassigned characters; joiners of emoji and scripts stay."""
    return char in JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def suggest(prompt: str, style: str = "") -> list[str]:
    """Tags for an image drawn from `prompt`: things, colors, styles and background, in the order they are said."""
    names = [name for clause in CLAUSE.split(prompt.lower()) for name in _said_in(_tokens(clause))]
    names += _said_in(_tokens(style.lower().replace("-", " ")))
    return list(dict.fromkeys(normalize(name) for name in names))[:TAGS_PER_IMAGE]


def singular(word: str) -> str:
    """The singular of an English plural; any other word as it is."""
    if word in words.SINGULARS:
        return words.SINGULARS[word]
    if len(word) < 4 or word in words.WITHOUT_SINGULAR or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return word[:-2]
    return word.removesuffix("s")


def _tokens(clause: str) -> list[str]:
    found = (word.replace("\u2019", "'").removesuffix("'s") for word in WORD.findall(clause))
    return _without_negated([words.SPELLINGS.get(word, word) for word in found])


def _without_negated(tokens: list[str]) -> list[str]:
    """Drop what is said to be absent: "a beach without people at noon" -> "a beach at noon"."""
    kept, absent = [], False
    for token in tokens:
        absent = token in words.NEGATIONS or (absent and token not in words.PREPOSITIONS)
        if not absent:
            kept.append(token)
    return kept


def _said_in(tokens: list[str]) -> list[str]:
    names, position = [], 0
    while position < len(tokens):
        length = _compound_at(tokens, position)
        if length:
            names += _compound_tags(tokens[position : position + length])
        else:
            names += _word_tags(tokens, position)
        position += length or 1
    return names


def _compound_at(tokens: list[str], start: int) -> int:
    """How many words from `start` on are one idea: 3, 2 or 0."""
    for length in (3, 2):
        phrase = tokens[start : start + length]
        if len(phrase) == length and _named(phrase) in words.COMPOUNDS:
            return length
    return 0


def _named(phrase: list[str]) -> str:
    plain = " ".join(phrase)
    return plain if plain in words.COMPOUNDS else " ".join([*phrase[:-1], singular(phrase[-1])])


def _compound_tags(phrase: list[str]) -> list[str]:
    head = singular(phrase[-1])
    return [_named(phrase), *([head] if head in words.HEADS else [])]


def _word_tags(tokens: list[str], position: int) -> list[str]:
    word = tokens[position]
    if word in words.BACKGROUNDS:
        return _background_tags(tokens[:position])
    if word in words.STOP_WORDS or (len(word) < 2 and word.isascii()) or word.isdigit():
        return []
    before = tokens[position - 1] if position else ""
    tags = [word, singular(word)]
    if word in words.COLORS:
        tags += _color_phrases(tokens, position)
    elif word in words.MEDIA and before in words.STYLES:
        tags.append(f"{before} {singular(word)}")
    return [] if _is_shade(tokens, position) else tags


def _is_shade(tokens: list[str], position: int) -> bool:
    """Whether the word only shades the color after it: "light" in "light blue"."""
    return (
        tokens[position] in words.SHADES
        and tokens[position + 1 : position + 2] != []
        and (tokens[position + 1] in words.COLORS)
    )


def _color_phrases(tokens: list[str], position: int) -> list[str]:
    """The color with its shade ("light blue"); a background where it ends its clause ("isolated on white")."""
    phrases = []
    if position and tokens[position - 1] in words.SHADES:
        phrases.append(f"{tokens[position - 1]} {tokens[position]}")
    is_ground = position and tokens[position - 1] in {"on", "against"} and position == len(tokens) - 1
    return [*phrases, f"{tokens[position]} background"] if is_ground else phrases


def _background_tags(before: list[str]) -> list[str]:
    """What lies behind: "light blue background" and "blue background"."""
    if not before or before[-1] in words.STOP_WORDS:
        return []
    tags = [f"{before[-1]} background"]
    if before[-2:-1] and before[-2] in words.SHADES:
        tags.append(f"{before[-2]} {tags[0]}")
    return tags
