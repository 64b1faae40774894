"""Words as PostgreSQL's full text search takes them: web syntax, and the last word may still be being typed."""

import re

from django.contrib.postgres.search import SearchQuery

from gallery.models import SEARCH_CONFIG
from gallery.vocabulary import STOP_WORDS

LAST_WORD = re.compile(r"(?<![-\w\"])[^\W_]{2,}$")
OPERATORS = re.compile(r"(^|\s)-\w|\"|(^|\s)OR(\s|$)")
#: How many words are looked at for their spelling.
SPELLED = 8


def query(words: str) -> SearchQuery:
    """Quotes, OR and minus work as on the web."""
    return SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")


def unfinished_query(words: str) -> SearchQuery | None:
    """The same, where the last word may still be being typed: "red app" finds red apples. None where it is not."""
    last = LAST_WORD.search(words)
    if not last or words.count('"') % 2:
        return None
    prefix = SearchQuery(f"{last[0]}:*", config=SEARCH_CONFIG, search_type="raw")
    rest = words[: last.start()].strip()
    return query(words) | (query(rest) & prefix if rest else prefix)


def are_plain(words: str) -> bool:
    """Whether the words say what is wanted and nothing else: only then do images close in meaning answer them."""
    return bool(re.search(r"\w", words)) and not OPERATORS.search(words)


def spelled(words: str) -> list[str]:
    """The words that may be misspelled; none where operators say that each was meant."""
    if not are_plain(words):
        return []
    return [word for word in re.findall(r"\w+", words) if len(word) > 2 and word.lower() not in STOP_WORDS][:SPELLED]
