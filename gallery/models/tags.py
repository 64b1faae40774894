"""What is known of tags beside their names: other words for them, and what machines suggest."""

from django.core.exceptions import ValidationError
from django.db import models
from taggit.models import Tag

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
