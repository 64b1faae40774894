"""What the library keeps, one module a subject. Everything is imported from here."""

from gallery.models.collections import Collection, CollectionImage
from gallery.models.images import (
    PROMPT_LENGTH,
    SEARCH_CONFIG,
    TRIGRAM_FIELDS,
    Favorite,
    Image,
    ImageEmbedding,
    TaggedImage,
)
from gallery.models.tags import TagSynonym
from gallery.models.uploads import Upload

__all__ = [
    "PROMPT_LENGTH",
    "SEARCH_CONFIG",
    "TRIGRAM_FIELDS",
    "Collection",
    "CollectionImage",
    "Favorite",
    "Image",
    "ImageEmbedding",
    "TagSynonym",
    "TaggedImage",
    "Upload",
]
