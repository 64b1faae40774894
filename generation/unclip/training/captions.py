"""Turns what is known about a picture into the many ways in which people would ask for it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from .palette import COLORS

#: The style key of captioned pictures, whose style only their captions know.
OWN = "own"
#: The words for each style key.
STYLES: dict[str, str] = {
    "3d-icon": "3D icon",
    "flat-icon": "flat icon",
    "cartoon-emoji": "cartoon emoji",
    "blob-emoji": "blob emoji",
    "minimal-flat-emoji": "minimal flat emoji",
    "bold-flat-illustration": "bold flat illustration",
    "soft-flat-emoji": "soft flat emoji",
    "outlined-cartoon-emoji": "outlined cartoon emoji",
    "outlined-cartoon-icon": "outlined cartoon icon",
    "hand-drawn-sketch": "hand-drawn doodle",
    "pencil-sketch": "hand-drawn sketch",
    "watercolor": "watercolor painting",
    "botanical-watercolor": "botanical watercolor",
    "round-badge-icon": "round badge icon",
    "neon-sticker": "neon sticker",
    "geometric-icon": "geometric icon",
    "flat-color-icon": "flat color icon",
    "gradient-icon": "gradient icon",
    "clip-art": "clip art",
    "flat-avatar": "flat avatar",
    "photo": "photo",
}
#: Other honest words for a style, used in a quarter of its captions.
ALIASES: dict[str, tuple[str, ...]] = {
    "3d-icon": ("3D render",),
    "flat-icon": ("flat illustration",),
    "cartoon-emoji": ("clip art", "cartoon"),
    "minimal-flat-emoji": ("flat icon", "clip art"),
    "bold-flat-illustration": ("clip art", "flat icon"),
    "soft-flat-emoji": ("clip art", "flat icon"),
    "outlined-cartoon-emoji": ("clip art", "cartoon"),
    "outlined-cartoon-icon": ("clip art", "outlined icon"),
    "hand-drawn-sketch": ("doodle",),
    "pencil-sketch": ("sketch", "pencil sketch", "pencil drawing"),
    "watercolor": ("watercolor", "painting"),
    "botanical-watercolor": ("botanical illustration", "botanical painting"),
    "neon-sticker": ("sticker",),
    "geometric-icon": ("flat icon",),
    "flat-color-icon": ("flat icon",),
    "flat-avatar": ("avatar", "cartoon avatar"),
    "photo": ("photograph",),
}
ALIAS_SHARE = 0.25

_VOWEL_SOUND = re.compile(
    r"(?!one\b|one-|once|eu|ufo|ui\b|us[abe]|ut[ei]|uni(?![nm]))"
    r"(?:[aeiou]|hour|honest|x-ray|mri|sd|mms|sms)"
)
# What says how a thing looks comes after the noun that decides on the article: "face with smiling eyes".
_NOUN_END = re.compile(r" (?:with|without|of|on|in|over|at|to|laid|holding|lifting|getting|riding|carrying|not|done)\b")
# Nouns that take no article: plurals, and stuff that comes by the bowl or the bucket.
_UNCOUNTED = re.compile(
    r"(?:[^aisu'o]s|[aeiou]es|[dt]os|people|children|men|feet|teeth"
    r"|\brice|bread|\bfire|water|money|news|\bart|\bice|luggage|\bno \w.*|two \w.*)$"
)
_SINGULAR = re.compile(r"(?:lens|aries|pisces|campfire|christmas|hot springs|rhinoceros|clock\w*)$")


@dataclass(frozen=True)
class Record:
    """What is known of one picture; `color` is its dominant color word, `split` is "train" or "heldout".

    Of a captioned picture, `subject` is the caption that somebody wrote for it. A picture that fills its frame has no
    background to be laid on.
    """

    concept: str
    subject: str
    style: str
    tags: tuple[str, ...]
    color: str | None
    source: str
    license: str
    split: str
    is_captioned: bool = False
    fills_frame: bool = False


def with_article(phrase: str) -> str:
    """`phrase` with "a" or "an" before it, or unchanged where it seems plural or cannot be counted."""
    noun = _NOUN_END.split(phrase, maxsplit=1)[0]
    if _UNCOUNTED.search(noun) and not _SINGULAR.search(noun):
        return phrase
    return f"an {phrase}" if _VOWEL_SOUND.match(phrase.lower()) else f"a {phrase}"


def caption(record: Record, *, color: str | None, background: str, rng: random.Random) -> str:
    """One random caption: "{style} of a {color} {subject}{, tag}{ on a {background} background}".

    Style is left out in 15 %, color and tag in half, and one caption in ten is empty (for guidance). The background is
    said in 65 % where it is not white and in 30 % where it is. Now and then an article is dropped, an alias stands for
    the style, or a tag for the subject. `color` and `background` are words of the palette, as the picture has them
    after any change of hue.

    A captioned picture's own caption is said as it is, with a tag in half of all cases. No background is said of a
    picture that fills its frame, nor where a caption says one.
    """
    if rng.random() < 0.10:
        return ""
    text = subject = record.subject
    if not record.is_captioned:
        subject = _subject(record, color, rng)
        text = subject if rng.random() < 0.15 else f"{_style(record.style, rng)} of {subject}"
    extra = [tag for tag in record.tags if tag not in subject]
    if extra and rng.random() < 0.5:
        text += f", {rng.choice(extra)}"
    has_background = not record.fills_frame and "background" not in subject.lower()
    if has_background and rng.random() < (0.30 if background == "white" else 0.65):
        text += f" on {with_article(background)} background"
    return text


def _style(key: str, rng: random.Random) -> str:
    words = rng.choice(ALIASES[key]) if key in ALIASES and rng.random() < ALIAS_SHARE else STYLES[key]
    return with_article(words) if rng.random() < 0.5 else words


def _subject(record: Record, color: str | None, rng: random.Random) -> str:
    words = record.subject
    if record.tags and rng.random() < 0.07:
        words = rng.choice(record.tags)
    if color != record.color:
        words = _recolored(words, color)
    if color and not COLORS.keys() & words.split() and rng.random() < 0.5:
        words = f"{color} {words}"
    return with_article(words) if rng.random() < 0.85 else words


def _recolored(words: str, color: str | None) -> str:
    """A picture whose hue was changed must not be called by its old color: "red apple" becomes "green apple"."""
    return " ".join(filter(None, (color if word in COLORS else word for word in words.split())))
