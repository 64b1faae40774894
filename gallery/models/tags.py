"""What is known of tags beside their names: other words for them, and what machines suggest."""

from django.core.exceptions import ValidationError
from django.db import models
from pgvector.django import VectorField
from taggit.models import Tag

from gallery.models.images import Image
from gallery.tags import TAG_LENGTH, normalize


class TagSynonym(models.Model):
    """Another word for a tag: whoever tags or searches with `alias` means `tag`."""

    alias = models.CharField(max_length=TAG_LENGTH, unique=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="synonyms")

    class Meta:
        ordering = ["alias"]

    def __str__(self) -> str:
        return f"{self.alias} means {self.tag}"

    def clean(self) -> None:
        self.alias = normalize(self.alias)
        if Tag.objects.filter(name=self.alias).exists():
            raise ValidationError({"alias": f"“{self.alias}” is a tag. Merge it into the other one instead."})


class TagSuggestion(models.Model):
    """A tag that a machine proposes for an image; its owner has the last word."""

    class State(models.TextChoices):
        #: Nobody has said anything to it yet.
        SUGGESTED = "suggested"
        #: The owner made it a tag.
        ACCEPTED = "accepted"
        #: The owner does not want it; it is not proposed again.
        REJECTED = "rejected"

    image = models.ForeignKey(Image, models.CASCADE, related_name="tag_suggestions")
    name = models.CharField(max_length=TAG_LENGTH)
    #: How likely it is among all keywords, from 0 to 1.
    score = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUGGESTED)

    class Meta:
        ordering = ["-score", "name"]
        constraints = [models.UniqueConstraint(fields=["image", "name"], name="one_suggestion_of_a_tag")]

    def __str__(self) -> str:
        return f"{self.name} for {self.image}"


class KeywordEmbedding(models.Model):
    """A keyword's place in a CLIP model's space, to compare images with."""

    clip_model = models.CharField(max_length=120)
    name = models.CharField(max_length=TAG_LENGTH)
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clip_model", "name"], name="one_keyword_a_clip_model")]

    def __str__(self) -> str:
        return f"{self.name} in {self.clip_model}"
