"""Words for a caption out of an icon's file name, such as "seafood-squid-2-duo"."""

from __future__ import annotations

import re

# Names of companies, products and characters: pictures of them are trade marks or somebody's figure.
_BRANDS = frozenset(
    """logo airdrop bitcoin crypto amazon android arduino bbc behance bing blackberry blender blogger bluetooth brand chrome cordova css
    css3 debian disney dribbble drakkar dropbox ethereum evernote facebook figma firefox github gmail google gopro go-pro
    html html5 imdb instagram intous ios ipad iphone ipod java javascript kindle linkedin linux litecoin mac mario messenger
    meta microsoft mushroomman namecoin netflix nintendo nook osx pacman paypal php pinterest pokeball pokemon predator
    python reddit ruby safari skype slack snapchat spongebob spotify starbucks starwars steam stumbleupon swift telegram
    tether tetris tiktok tumblr twitch twitter viber vespa vimeo visa vk vlc walkman whatsapp wii wikipedia windows
    wordpress xbox yahoo youtube""".split()
)
# Marks of an editor or a form, which are not things that anyone asks a picture of.
_ABSTRACT = frozenset(
    """about accept adjust advance align angle approval approve arrange arrows aspect at automatic bars border bezier bracket
    brackets caret cell center chevron cli collapse column columns configuration content controls conversion copyleft
    copyright crop debt deployment deselect disclaimer distribute divide docs ellipsis eps equals exclude expand expired
    export external fahrenheit flip font form format formating formatting generic grid heading hierarchy identification
    import in indent inputs internal intersect invalid italic justify layer layers layout layouts left line list lists loop
    maximize minimize minus mode modulo module move navigation negative next not nfc numbers numerical object octagon off
    offset ok on options optimization org overtime page paginate paragraph paragraphs paste path placeholder plus
    polygon pro positive previous priority process quote redo reflect registered resize right rotate row seek selection seo
    sensor serial shape shifts slash sort sorting split square squircle strikethrough subtract template text
    threshold tilde times toggle touch trademark transform transit turn underline undo union unit unite unlink up down
    vectors view vip xls zip ab four five six seven eight nine zero one two three ampersand asterisk faq mms sms lte lol
    hrs gif jpg png svg pdf mp3 mov avi doc ppt txt csv ai ps psd celsius percent spinner stream dslr slr rv cc""".split()
)
_STYLE_WORDS = frozenset("duo flat bold solid thin alternate alt sm lg quad".split())
# Some sets put the drawer before the thing.
_DRAWERS = frozenset(
    """accessories allowances animal athletics business common design disability electronics fitness food fruit instruments
    kitchenware medical modern nature office party performance photography products programming romance safety seafood
    security show sports technology video vegetable winter""".split()
)
_SPELLING = {
    "labtop": "laptop", "reciept": "receipt", "recieve": "receive", "clound": "cloud", "ying": "yin", "bigben": "big ben",
    "databse": "database", "trinangle": "triangle",
}
_KEPT_PAIRS = frozenset({"video game", "video camera", "office building", "office chair", "food cart", "safety vest"})


def subject_from(name: str) -> str | None:
    """Words of the picture, or None for brands, lettering, and marks that only make sense on a button."""
    parts = [_SPELLING.get(part, part) for part in name.split("-")]
    if _BRANDS & set(parts) or (parts[0] == "wall" and parts[1:] == ["e"]):
        return None
    words = [part for part in parts if part not in _STYLE_WORDS and not re.search(r"\d", part)]
    if not words or _ABSTRACT & set(words) or any(len(word) == 1 for word in words):
        return None
    if len(words) > 1 and words[0] in _DRAWERS and " ".join(words[:2]) not in _KEPT_PAIRS:
        words = words[1:]
    return None if len(words) > 4 or "arrow" in words else " ".join(words)


def tags_from(subject: str) -> tuple[str, ...]:
    """The single words of a longer subject, which are what people search for."""
    words = subject.split()
    return tuple(word for word in words if len(word) > 2) if len(words) > 1 else ()
