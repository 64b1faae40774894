"""Asks the embed worker what words mean or a picture shows, and waits no longer than a page can wait.

The answer comes through the cache, where it stays for a day. This side loads no model and knows no task but its name.
"""

import hashlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from gallery import examples
from gallery.meaning import Meaning

KEPT = 86_400  # seconds
#: Seconds after which a message that no worker has taken is of no use.
STALE = 20
#: Seconds in which nobody waits again after somebody has waited in vain.
PAUSE = 10
POLL = 0.01
EMBED_TEXT = "generation.tasks.embed_text"
EMBED_PICTURE = "generation.tasks.embed_picture"
UNAVAILABLE = (RedisError, KombuError, OSError)

_threads = ThreadPoolExecutor(4, thread_name_prefix="vectors")
_free = threading.BoundedSemaphore(4)


def text_key(text: str) -> str:
    """Where the meaning of a text is kept, by the checkpoint in use."""
    return _key("text", text.casefold())


def picture_key(token: str) -> str:
    """Where it is kept what the picture with this token shows, by the checkpoint in use."""
    return _key("picture", token)


def of_text(text: str) -> Meaning | None:
    """What the text means, or None if the worker does not say so in time."""
    return _in_time(_ask, EMBED_TEXT, text_key(text), text)


def of_picture(token: str) -> Meaning | None:
    """What the picture shows, or None if the worker does not say so in time. Raises examples.Forgotten."""
    return _in_time(_ask_of_picture, token)


def keep(key: str, vector: tuple[float, ...], clip_model: str) -> None:
    """The worker's answer."""
    cache.set(key, (tuple(vector), clip_model), KEPT)


def _in_time(work: Any, *arguments: str) -> Meaning | None:
    """What `work` answers within the time a page has; a server that hangs must not make the page hang."""
    if not _free.acquire(blocking=False):
        return None
    task: Future = _threads.submit(work, *arguments)
    task.add_done_callback(lambda task: _free.release())
    try:
        return task.result(timeout=settings.SEARCH_PATIENCE * 1.25)
    except (TooSlow, *UNAVAILABLE):
        return None


def _key(kind: str, what: str) -> str:
    told = f"{settings.AIRBRUSH_CHECKPOINT}\0{what}"
    return f"meaning:{kind}:{hashlib.sha256(told.encode()).hexdigest()}"


def _ask_of_picture(token: str) -> Meaning | None:
    examples.check(token)
    return _ask(EMBED_PICTURE, picture_key(token), token)


def _ask(task: str, key: str, what: str) -> Meaning | None:
    """The answer that is kept under `key`, or what the worker whom `task` is for says to the question `what`."""
    if known := cache.get(key):
        return Meaning(*known)
    if cache.add(f"{key}:asked", True, STALE):
        current_app.send_task(task, [what], expires=STALE)
    if cache.get("meaning:late"):
        return None
    found = _wait(key)
    if found is None:
        cache.set("meaning:late", True, PAUSE)
    return found


def _wait(key: str) -> Meaning | None:
    give_up = time.monotonic() + settings.SEARCH_PATIENCE
    while not (known := cache.get(key)):
        if time.monotonic() > give_up:
            return None
        time.sleep(POLL)
    return Meaning(*known)
