from django.conf import settings
from django.db import models


class TagCount(models.Model):
    """How many images have a tag: those of one owner, trash left out, or with no owner those that everybody finds.

    The number is the sum over a tag's rows. Triggers add changes as rows, so that nobody waits for a counter that
    somebody else is changing; `housekeeping.compact_tag_counts` sums them up.
    """

    tag = models.ForeignKey("taggit.Tag", models.CASCADE, related_name="counts")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False)
    count = models.IntegerField()
    #: How many of the owner's images with the tag nobody else finds.
    hidden = models.IntegerField(default=0, db_default=0)

    class Meta:
        indexes = [models.Index(fields=["owner", "tag"], include=["count", "hidden"], name="tag_count_of_owner")]

    def __str__(self) -> str:
        return f"{self.tag}: {self.count}"
