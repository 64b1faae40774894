"""Reads of jobs: whose they are, which wait, which may start, and where each stands in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Count, OuterRef, Prefetch, Q, Subquery, When
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

#: The fair order: class of service, then virtual time, then the key so that no two jobs tie.
QUEUE_ORDER = ("priority", "vtime", "id")


class GenerationQuerySet(models.QuerySet):
    def owned_by(self, user: AbstractBaseUser) -> GenerationQuerySet:
        return self.filter(owner=user)

    def queued(self) -> GenerationQuerySet:
        return self.filter(status=self.model.Status.QUEUED)

    def running(self) -> GenerationQuerySet:
        return self.filter(status=self.model.Status.RUNNING)

    def active(self) -> GenerationQuerySet:
        return self.filter(status__in=self.model.ACTIVE)

    def claimable(self) -> GenerationQuerySet:
        """Queued jobs, fairest first, of owners who have not as many running as they may."""
        busy = (
            self.model.objects.running()
            .order_by()
            .values("owner")
            .annotate(jobs=Count("id"))
            .filter(jobs__gte=settings.GENERATION_MAX_RUNNING_PER_USER)
        )
        return self.queued().exclude(owner__in=busy.values("owner")).order_by(*QUEUE_ORDER)

    def with_position(self) -> GenerationQuerySet:
        """Annotate `position`: 1 for the queued job that starts next; None for jobs that do not wait."""
        ahead = (
            self.model.objects.queued()
            .filter(
                Q(priority__lt=OuterRef("priority"))
                | Q(priority=OuterRef("priority"), vtime__lt=OuterRef("vtime"))
                | Q(priority=OuterRef("priority"), vtime=OuterRef("vtime"), id__lt=OuterRef("id"))
            )
            .order_by()
            .values("status")
            .annotate(jobs=Count("id"))
            .values("jobs")
        )
        return self.annotate(
            position=Case(When(status=self.model.Status.QUEUED, then=Coalesce(Subquery(ahead), 0) + 1))
        )

    def for_cards(self) -> GenerationQuerySet:
        """Everything a job card shows, in a number of queries that does not grow with the jobs."""
        outputs = apps.get_model("generation", "Output").objects.filter(image__deleted_at=None)
        drafts = apps.get_model("generation", "Draft").objects.only("generation", "index")
        return self.with_position().prefetch_related(
            Prefetch("outputs", queryset=outputs.select_related("image"), to_attr="shown"),
            Prefetch("drafts", queryset=drafts, to_attr="sheet"),
        )
