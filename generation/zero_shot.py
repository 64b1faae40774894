"""Suggests tags for images: CLIP compares each image's embedding with those of all keywords.

Zero-shot classification as in "Learning Transferable Visual Models From Natural Language Supervision"
(arXiv 2103.00020, section 3.1): the softmax over the keywords of their scaled cosine similarities to the image.
"""

from typing import TYPE_CHECKING

import numpy as np

from gallery import keywords, suggestions
from gallery.models import KeywordEmbedding

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

BATCH = 128
#: Texts embedded at once.
TEXTS = 256
#: How much likeness counts. At CLIP's own scale, 100, one keyword would take all; a picture shows several things.
SCALE = 30.0
MOST = 8
#: What is less likely than this is a guess.
LEAST = 0.03


def suggest_batch(engine: "Engine") -> bool:
    """Suggest tags for the next images that wait for some; return whether there were any."""
    embeddings = list(suggestions.waiting(engine.clip_model)[:BATCH])
    if embeddings:
        names, places = keyword_places(engine)
        vectors = np.array([embedding.vector for embedding in embeddings], dtype=np.float32)
        scores = likelihoods(vectors, places)
        suggestions.suggest(zip(embeddings, [_likeliest(names, row) for row in scores], strict=True))
    return bool(embeddings)


def keyword_places(engine: "Engine") -> tuple[list[str], np.ndarray]:
    """The keywords (K) and their unit text embeddings (K, D) by the engine's CLIP model, embedded if they are new."""
    wanted = keywords.all_keywords()
    stored = KeywordEmbedding.objects.filter(clip_model=engine.clip_model, name__in=wanted)
    places = dict(stored.values_list("name", "vector"))
    missing = [name for name in wanted if name not in places]
    for start in range(0, len(missing), TEXTS):
        some = missing[start : start + TEXTS]
        new = dict(zip(some, map(list, engine.embed_text(some)), strict=True))
        rows = [KeywordEmbedding(clip_model=engine.clip_model, name=name, vector=new[name]) for name in some]
        KeywordEmbedding.objects.bulk_create(rows, ignore_conflicts=True)
        places |= new
    return list(wanted), np.array([places[name] for name in wanted], dtype=np.float32)


def likelihoods(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """How likely each of the unit vectors `texts` (K, D) is for each of `images` (N, D): (N, K), each row sums to 1."""
    logits = SCALE * images @ texts.T
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _likeliest(names: list[str], scores: np.ndarray) -> dict[str, float]:
    best = np.argsort(-scores, kind="stable")[:MOST]
    return {names[index]: float(scores[index]) for index in best if scores[index] >= LEAST}
