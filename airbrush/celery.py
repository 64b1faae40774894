"""The Celery application. Which task runs in which queue is said in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airbrush.settings")

app = Celery("airbrush")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
