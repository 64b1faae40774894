import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from gallery.models.images import Image


class Upload(models.Model):
    """A file that a person has sent, from its arrival to the image it became or the reason why it did not."""

    class Status(models.TextChoices):
        #: It lies in quarantine until a worker reads it.
        WAITING = "waiting"
        #: A worker is at it.
        READING = "reading"
        #: It is an image of the library.
        DONE = "done", "Added"
        #: Its owner has the same picture already.
        DUPLICATE = "duplicate", "Already there"
        #: It could not become an image; `error` says why.
        FAILED = "failed", "Not added"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    #: Where the bytes lie in quarantine; empty once they are read or refused.
    file = models.FileField(max_length=200, blank=True)
    byte_size = models.PositiveBigIntegerField()
    #: Of the bytes as they were sent.
    sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    error = models.CharField(max_length=300, blank=True)
    #: What was left out of the picture, such as an animation's other frames.
    note = models.CharField(max_length=300, blank=True)
    #: The image it became, or the one that was there before.
    image = models.ForeignKey(Image, models.CASCADE, null=True, blank=True, related_name="uploads")
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="upload_owner_newest"),
            models.Index(
                fields=["created_at"], name="upload_unfinished", condition=models.Q(status__in=["waiting", "reading"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "sha256"], name="one_upload_a_content", condition=models.Q(status="done")
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        return self.status not in {self.Status.WAITING, self.Status.READING}


@receiver(post_delete, sender=Upload)
def delete_quarantined(sender, instance: Upload, **kwargs) -> None:
    """Remove what still lies in quarantine once its row is gone."""
    file = instance.file
    if file:
        transaction.on_commit(lambda: file.storage.delete(file.name), robust=True)
