"""Sends messages to the workers by the names of tasks, so that who writes a row need not know who works on it."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def announce(task: str, *arguments: str) -> None:
    """Say that there is work once this transaction is through. If the broker is away, beat finds it by its row."""
    transaction.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: tuple[str, ...]) -> None:
    try:
        current_app.send_task(task, arguments)
    except (OperationalError, OSError) as problem:
        logger.warning("The message broker is away; the work is found later. %s", problem)
