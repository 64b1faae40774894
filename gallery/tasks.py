"""Housekeeping, once a day. Safe to run twice."""

from celery import shared_task

from gallery import services


@shared_task
def purge() -> None:
    services.purge_trash()
    services.collect_orphans()
