"""What a render worker does before its first message: loads the model, once a process and never before the fork."""

import logging
import os

from celery import current_app
from celery.signals import worker_process_init

from generation import embeddings, runtime
from generation.unclip import EngineError

logger = logging.getLogger(__name__)

#: The environment variable by which the supervisor tells a worker what it is for.
ROLE = "AIRBRUSH_WORKER"


def connect() -> None:
    if os.environ.get(ROLE) == "render":
        worker_process_init.connect(prepare, weak=False, dispatch_uid="generation.worker.prepare")


def prepare(**kwargs: object) -> None:
    """Warm the engine up. Without a checkpoint the worker stays: each job then tells its owner what is missing."""
    try:
        runtime.warm_up()
    except EngineError as problem:
        logger.error("%s", problem)
        return
    # A checkpoint with another CLIP model finds nothing in the library until the images are embedded anew.
    if embeddings.lacking(runtime.engine().clip_model).exists():
        current_app.send_task("generation.tasks.embed_missing")
