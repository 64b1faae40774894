"""Tags that machines suggest: what is kept of them, and what owners answer. Knows nothing of how they are found."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from gallery import services, synonyms
from gallery.models import Image, ImageEmbedding, TagSuggestion

State = TagSuggestion.State


def waiting(clip_model: str) -> QuerySet[ImageEmbedding]:
    """Embeddings by which no tags have been suggested yet, the newest first."""
    return ImageEmbedding.objects.filter(clip_model=clip_model, is_compared=False).order_by("-id")


def are_due() -> bool:
    """Whether an image waits for suggestions, by whichever CLIP model it is known."""
    return ImageEmbedding.objects.filter(is_compared=False).exists()


def open_for(image: Image) -> QuerySet[TagSuggestion]:
    """What the owner has not answered yet, without what the image is tagged with by now; the likeliest first."""
    tagged = image.tags.values("name")
    return image.tag_suggestions.filter(state=State.SUGGESTED).exclude(name__in=tagged).order_by("-score", "name")


@transaction.atomic
def suggest(found: Iterable[tuple[ImageEmbedding, dict[str, float]]]) -> None:
    """Keep the scored tags found for each embedding's image; what is kept or answered already stays as it is."""
    found = list(found)
    names = {name for _, scores in found for name in scores}
    meant = {name: synonyms.resolve([name])[0] for name in sorted(names)}
    suggestions = [
        TagSuggestion(image_id=embedding.image_id, name=meant[name], score=score)
        for embedding, scores in found
        for name, score in scores.items()
    ]
    TagSuggestion.objects.bulk_create(suggestions, ignore_conflicts=True)
    ImageEmbedding.objects.filter(pk__in=[embedding.pk for embedding, _ in found]).update(is_compared=True)


@transaction.atomic
def accept(suggestion: TagSuggestion) -> None:
    """Tag the image with it. Raises ValidationError for one tag too many."""
    services.add_tag(suggestion.image, suggestion.name)
    suggestion.state = State.ACCEPTED
    suggestion.save(update_fields=["state"])


def reject(suggestion: TagSuggestion) -> None:
    suggestion.state = State.REJECTED
    suggestion.save(update_fields=["state"])
