"""Jobs and what came of them. The row is the truth about a job; messages only say that there is work."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from pgvector.django import VectorField

from gallery.models import Image
from generation.presets import find_preset, full_prompt
from generation.querysets import QUEUE_ORDER, GenerationQuerySet
from generation.request import MAX_DRAFTS


class Generation(models.Model):
    """One request for pictures, on its way from QUEUED to one of the three ends."""

    class Operation(models.TextChoices):
        #: Draw new images from a prompt.
        TEXT_TO_IMAGE = "text-to-image"
        #: Draw a sheet of small pictures to choose from.
        DRAFTS = "drafts"
        #: Finish the chosen drafts of a sheet.
        FINISH = "finish", "Finished drafts"
        #: Draw images like one of the library's, from its embedding.
        VARIATIONS = "variations"
        #: Draw between images and words.
        BLEND = "blend"
        #: Change an image the way one text differs from another.
        TEXT_DIFF = "text-diff", "Change by words"
        #: Draw an image again from the noise it comes from, more or less freely.
        RECONSTRUCTION = "reconstruction"
        #: Draw a part of an image anew.
        EDIT = "edit"
        #: Draw beyond an image's border.
        OUTPAINT = "outpaint", "Extension"
        #: Make an image four times as wide and high.
        UPSAMPLE = "upsample", "Enlargement"

    class Status(models.TextChoices):
        #: Waits for a worker.
        QUEUED = "queued"
        #: A worker holds its lease.
        RUNNING = "running"
        #: All of its images are in the library.
        SUCCEEDED = "succeeded"
        #: Ended by a fault that `error_message` tells the owner.
        FAILED = "failed"
        #: Ended by its owner.
        CANCELED = "canceled"

    class Priority(models.IntegerChoices):
        #: What people wait for.
        NORMAL = 5
        #: What nobody waits for, such as the demo images.
        BACKGROUND = 9

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    RETRYABLE = (Status.FAILED, Status.CANCELED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations")
    operation = models.CharField(max_length=20, choices=Operation.choices, default=Operation.TEXT_TO_IMAGE)
    request = models.JSONField()
    #: The image that the new ones come from, where they come from one.
    parent = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="derived_jobs")
    prompt = models.TextField()
    style = models.CharField(max_length=40, blank=True)
    count = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    visibility = models.CharField(max_length=10, choices=Image.Visibility.choices, default=Image.Visibility.PRIVATE)

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    vtime = models.FloatField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Names the worker that holds the job; whoever has another token may write nothing.
    token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    checkpoint = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    #: NULL, which a unique constraint passes over, for a request that came without a key.
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="one_job_a_key"),
            models.CheckConstraint(condition=Q(count__range=(1, MAX_DRAFTS)), name="job_count_in_range"),
            models.CheckConstraint(condition=Q(seed__gte=0), name="job_seed_not_negative"),
            models.CheckConstraint(
                condition=Q(status="running", token__isnull=False, lease_until__isnull=False)
                | Q(~Q(status="running"), token=None, lease_until=None),
                name="job_leased_while_running",
            ),
        ]
        indexes = [
            models.Index(fields=QUEUE_ORDER, name="job_queue", condition=Q(status="queued")),
            models.Index(fields=["owner", "lease_until"], name="job_running", condition=Q(status="running")),
            models.Index(fields=["owner", "-created_at", "-id"], name="job_owner_newest"),
        ]

    def __str__(self) -> str:
        return self.prompt[:80]

    def get_absolute_url(self) -> str:
        return reverse("generation:job-detail", args=[self.id])

    @property
    def full_prompt(self) -> str:
        return full_prompt(self.prompt, self.style)

    @property
    def style_label(self) -> str:
        preset = find_preset(self.style)
        return preset.label if preset else ""

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def can_retry(self) -> bool:
        return self.status in self.RETRYABLE


class Output(models.Model):
    """Image `index` of a job, drawn from the job's seed + index; the pair exists at most once."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="outputs")
    index = models.PositiveSmallIntegerField()
    image = models.OneToOneField(Image, models.CASCADE, related_name="output")

    class Meta:
        ordering = ["generation", "index"]
        constraints = [models.UniqueConstraint(fields=["generation", "index"], name="one_output_an_index")]

    def __str__(self) -> str:
        return f"Image {self.index + 1} of {self.generation}"


class Draft(models.Model):
    """Picture `index` of a sheet of drafts, with all that finishing it takes. Not an image of the library."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="drafts")
    index = models.PositiveSmallIntegerField()
    #: A PNG file of the size that the decoder draws at.
    picture = models.BinaryField()
    embedding = VectorField()

    class Meta:
        ordering = ["generation", "index"]
        constraints = [models.UniqueConstraint(fields=["generation", "index"], name="one_draft_an_index")]

    def __str__(self) -> str:
        return f"Draft {self.number} of {self.generation}"

    @property
    def number(self) -> int:
        return self.index + 1


class QueueClock(models.Model):
    """The virtual time of a queue: that of the job it started last. Its row lock is also the gate all claims pass."""

    name = models.CharField(max_length=20, primary_key=True)
    vtime = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.vtime:g}"


class UserClock(models.Model):
    """The virtual time of a person's last job; `weight` is how much faster than others their queue moves."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="clock")
    vtime = models.FloatField(default=0)
    weight = models.FloatField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(weight__gt=0), name="user_weight_positive")]

    def __str__(self) -> str:
        return f"{self.user} at {self.vtime:g}"
