"""Gives every image an embedding by the CLIP model in use: another checkpoint means another space to search in."""

import logging
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from PIL import Image as Pictures
from PIL.Image import Image as Picture

from gallery import examples, meaning, vectors
from gallery.models import Image, ImageEmbedding
from gallery.services import add_embedding
from generation.unclip import EngineError

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

logger = logging.getLogger(__name__)

BATCH = 32


class ImageLost(EngineError):
    """The image that this was to be drawn from is gone."""


def lacking(clip_model: str) -> QuerySet[Image]:
    known = ImageEmbedding.objects.filter(image=OuterRef("pk"), clip_model=clip_model)
    return Image.objects.alive().filter(~Exists(known)).order_by("pk")


def embedding_of(image: Image, engine: "Engine") -> tuple[float, ...]:
    """The image's unit vector by the engine's CLIP model: the stored one, or a new one. Raises ImageLost."""
    if stored := image.embeddings.filter(clip_model=engine.clip_model).first():
        return tuple(map(float, stored.vector))
    if not (picture := open_image(image)):
        raise ImageLost
    (vector,) = engine.embed_images([picture])
    return vector


def prepare_index(engine: "Engine") -> None:
    """Make the index that searches need in the space of the engine's CLIP model, if it is a new one."""
    (vector,) = engine.embed_text([""])
    meaning.create_index(engine.clip_model, len(vector))


def tell_meaning(engine: "Engine", text: str) -> None:
    """Put the text's unit vector where the search that asked for it looks."""
    (vector,) = engine.embed_text([text])
    vectors.keep(vectors.text_key(text), vector, engine.clip_model)


def tell_picture(engine: "Engine", token: str) -> None:
    """The same for the picture with this token, unless it is forgotten by now."""
    with suppress(examples.Forgotten):
        (vector,) = engine.embed_images([examples.open_picture(token)])
        vectors.keep(vectors.picture_key(token), vector, engine.clip_model)


def embed_batch(engine: "Engine", after: str = "") -> UUID | None:
    """Embed the next images, by key, after the key `after`; return the last key, or None at the end.

    An image whose file is lost is passed over, and another worker's embedding is kept.
    """
    waiting = lacking(engine.clip_model)
    images = list(waiting.filter(pk__gt=after)[:BATCH] if after else waiting[:BATCH])
    pictures = {image: picture for image in images if (picture := open_image(image))}
    if pictures:
        vectors = engine.embed_images(list(pictures.values()))
        for image, vector in zip(pictures, vectors, strict=True):
            add_embedding(image, engine.clip_model, vector)
    return images[-1].pk if images else None


def open_image(image: Image) -> Picture | None:
    """The image's picture; None, and a line in the log, where its file is lost."""
    try:
        with image.file.open() as file:
            return Pictures.open(file).convert("RGB")
    except OSError as problem:
        logger.warning("Image %s cannot be read and gets no embedding: %s", image.pk, problem)
        return None
