"""Words for a caption out of an icon's file name, such as "seafood-squid-2-duo"."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of companies, products and characters: pictures of them are trade marks or somebody's figure.
_BRANDS = _words(
    """
    airdrop amazon android arduino bbc behance bing bitcoin blackberry blender blogger bluetooth brand chrome
    cordova crypto css css3 debian disney drakkar dribbble dropbox ethereum evernote facebook figma firefox
    github gmail google gopro html html5 imdb instagram intous ios ipad iphone ipod java javascript
    kindle linkedin linux litecoin logo mac mario messenger meta microsoft mushroomman namecoin netflix nintendo
    nook osx pacman paypal php pinterest pokeball pokemon predator python reddit ruby safari skype slack
    snapchat spongebob spotify starbucks starwars steam stumbleupon swift telegram tether tetris tiktok tumblr
    twitch twitter vespa viber vimeo visa vk vlc walkman whatsapp wii wikipedia windows wordpress xbox yahoo
    youtube
    """
)
# Marks of an editor or a form, which are not things that anyone asks a picture of.
_ABSTRACT = _words(
    """
    ab about accept adjust advance ai align ampersand angle approval approve arrange arrows aspect asterisk at
    automatic avi bars bezier border bracket brackets caret cc cell celsius center chevron cli collapse column
    columns configuration content controls conversion copyleft copyright crop csv debt deployment deselect
    disclaimer distribute divide doc docs down dslr eight ellipsis eps equals exclude expand expired export
    external fahrenheit faq five flip font form format formating formatting four generic gif grid heading
    hierarchy hrs identification import in indent inputs internal intersect invalid italic jpg justify layer
    layers layout layouts left line list lists lol loop lte maximize minimize minus mms mode module modulo mov
    move navigation negative next nfc nine not numbers numerical object octagon off offset ok on one
    optimization options org overtime page paginate paragraph paragraphs paste path pdf percent placeholder plus
    png polygon positive ppt previous priority pro process ps psd quote redo reflect registered resize right
    rotate row rv seek selection sensor seo serial seven shape shifts six slash slr sms sort sorting spinner
    split square squircle stream strikethrough subtract svg template text three threshold tilde times toggle
    touch trademark transform transit turn two txt underline undo union unit unite unlink up vectors view vip
    xls zero zip
    """
)
_STYLE_WORDS = _words("alt alternate bold duo flat lg quad sm solid thin")
# Some sets put the drawer before the thing.
_DRAWERS = _words(
    """
    accessories allowances animal athletics business common design disability electronics fitness food fruit
    instruments kitchenware medical modern nature office party performance photography products programming
    romance safety seafood security show sports technology vegetable video winter
    """
)
_SPELLING = {
    "labtop": "laptop",
    "reciept": "receipt",
    "recieve": "receive",
    "clound": "cloud",
    "ying": "yin",
    "bigben": "big ben",
    "databse": "database",
    "trinangle": "triangle",
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


def singular(words: str) -> str:
    """A plural noun, or a phrase that ends with one, as one of its things; others stay as they are."""
    for plural, one in ((r"ies$", "y"), (r"(?<=[csx]h)es$|(?<=[ox])es$", ""), (r"(?<![su'])s$", "")):
        if re.search(plural, words):
            return re.sub(plural, one, words)
    return words
