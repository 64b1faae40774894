"""Images by what they show: the nearest to a vector of a CLIP model's space, through an index for each model.

Where filters leave few images their distances are computed; where they leave many the index is walked, from the
nearest on, until enough images have passed them (`hnsw.iterative_scan`, switched on in the settings).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import Avg, Count
from django.db.models.functions import Cast
from pgvector.django import CosineDistance, HalfVectorField, VectorField
from psycopg import sql

from gallery.models import Image, ImageEmbedding

if TYPE_CHECKING:
    from gallery.found import Found
    from gallery.querysets import ImageQuerySet

#: How many images close in meaning a search shows.
NEAR = 60
#: With as many images to choose from, or fewer, all distances are computed.
FEW = 4000
#: Reciprocal rank fusion's constant (Cormack, Clarke and Buettcher 2009): how little the first few ranks differ.
FUSION = 60

CREATE_INDEX = """
CREATE INDEX {concurrently} IF NOT EXISTS {name} ON gallery_imageembedding
USING hnsw ((vector::halfvec({dimensions})) halfvec_cosine_ops) WITH (m = 16, ef_construction = 128)
WHERE clip_model = {model}
"""


class Meaning(NamedTuple):
    """A place in a CLIP model's space."""

    vector: tuple[float, ...]
    clip_model: str


def of_image(image: Image) -> Meaning | None:
    """What the image shows, by the CLIP model that has looked at it last; None if none has yet."""
    embedding = image.embeddings.order_by("-pk").first()
    return Meaning(tuple(map(float, embedding.vector)), embedding.clip_model) if embedding else None


def of_images(images: ImageQuerySet) -> Meaning | None:
    """The middle of the images, in the space of the CLIP model that knows the most of them; None if none does."""
    embeddings = ImageEmbedding.objects.filter(image__in=images.order_by().values("pk"))
    means = embeddings.values("clip_model").annotate(known=Count("pk"), middle=Avg("vector"))
    best = means.order_by("-known", "clip_model").first()
    return Meaning(tuple(map(float, best["middle"])), best["clip_model"]) if best else None


def nearest(found: Found, meaning: Meaning, need: int = NEAR) -> list[int]:
    """The numbers of those of the images found that are nearest to `meaning`, nearest first."""
    are_few = (found.is_picked or not found.is_listed) and found.count(FEW + 1) <= FEW
    # Only the half-precision form is what the index is over.
    form = (VectorField if are_few else HalfVectorField)(dimensions=len(meaning.vector))
    images = found.all().filter(embeddings__clip_model=meaning.clip_model)
    distance = CosineDistance(Cast("embeddings__vector", form), list(meaning.vector))
    return list(images.alias(distance=distance).order_by("distance").values_list("number", flat=True)[:need])


def fuse(*rankings: list[int]) -> list[int]:
    """Several rankings as one: each image counts by its ranks in all of them."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + 1 / (FUSION + rank)
    return sorted(scores, key=lambda number: (-scores[number], -number))


def create_index(clip_model: str, dimensions: int) -> None:
    """Make the index for a CLIP model's space, unless it is there; people go on writing meanwhile.

    It has as many dimensions as PostgreSQL indexes in half precision, at most 4000.
    """
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    statement = sql.SQL(CREATE_INDEX).format(
        concurrently=sql.SQL(concurrently),
        name=sql.Identifier(index_name(clip_model)),
        dimensions=sql.Literal(dimensions),
        model=sql.Literal(clip_model),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def create_missing_indexes() -> list[str]:
    """Make the index of every CLIP model that images are embedded by; return the models."""
    models: list[str] = []
    while one := _first_of_model_after(models[-1] if models else ""):
        create_index(one.clip_model, len(one.vector))
        models.append(one.clip_model)
    return models


def _first_of_model_after(clip_model: str) -> ImageEmbedding | None:
    return ImageEmbedding.objects.filter(clip_model__gt=clip_model).order_by("clip_model").first()


def index_name(clip_model: str) -> str:
    """A name that tells the model to people and is the model's own."""
    plain = re.sub(r"\W+", "_", clip_model.lower())[-30:].strip("_")
    return f"embedding_{plain}_{hashlib.sha256(clip_model.encode()).hexdigest()[:8]}"
