"""Searches that people come back to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

NAME_LENGTH = 60


class SavedSearch(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=NAME_LENGTH)
    #: As `ImageSearch.to_querystring` writes it.
    query = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [Lower("name")]
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="one_saved_search_a_name")]

    def __str__(self) -> str:
        return self.name
