"""What the library keeps, one module a subject. Everything is imported from here."""

from gallery.models.collections import Collection, CollectionImage
from gallery.models.counts import TagCount
from gallery.models.images import (
    PROMPT_LENGTH,
    SEARCH_CONFIG,
    Favorite,
    Image,
    ImageEmbedding,
    TaggedImage,
)
from gallery.models.searches import SavedSearch
from gallery.models.tags import KeywordEmbedding, TagSuggestion, TagSynonym
from gallery.models.uploads import Upload

__all__ = [
    "PROMPT_LENGTH",
    "SEARCH_CONFIG",
    "Collection",
    "CollectionImage",
    "Favorite",
    "Image",
    "ImageEmbedding",
    "KeywordEmbedding",
    "SavedSearch",
    "TagCount",
    "TagSuggestion",
    "TagSynonym",
    "TaggedImage",
    "Upload",
]
