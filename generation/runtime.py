"""The one module that knows both the settings and the engine. Importing it does not import torch; `engine()` does."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from generation.unclip import EngineError, TextToImage, find_checkpoint, known_subjects

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

logger = logging.getLogger(__name__)


@cache
def engine() -> Engine:
    """The engine with the checkpoint of AIRBRUSH_CHECKPOINT, loaded once a process. Raises EngineError."""
    from generation.unclip.engine import Engine

    return Engine.load(settings.AIRBRUSH_CHECKPOINT)


def warm_up() -> None:
    """Load the engine and draw once, so that the first person does not wait for it."""
    start = time.monotonic()
    engine().generate(TextToImage("warm-up"))
    logger.info("The %s checkpoint is ready after %.1f s.", settings.AIRBRUSH_CHECKPOINT, time.monotonic() - start)


def subjects() -> list[str]:
    """What the checkpoint draws best, as phrases to begin a prompt with."""
    try:
        return known_subjects(find_checkpoint(settings.AIRBRUSH_CHECKPOINT).folder)
    except EngineError:
        return []


def draws_any_shape() -> bool:
    """Whether people may choose the shape of a picture."""
    try:
        return find_checkpoint(settings.AIRBRUSH_CHECKPOINT).draws_any_shape
    except EngineError:
        return False


def checkpoint_problem() -> str | None:
    """Why nothing can be drawn, as a sentence, or None. Looks at the files only."""
    try:
        find_checkpoint(settings.AIRBRUSH_CHECKPOINT)
    except EngineError as problem:
        return str(problem)
    return None
