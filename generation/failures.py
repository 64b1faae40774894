"""What a person is told when a job fails."""

import errno

from celery.exceptions import SoftTimeLimitExceeded

from gallery.services import NotStored
from generation.unclip import EngineError, OutOfMemory

UNEXPECTED = "unexpected"
DISK_FULL = "The server's disk is full, so the images could not be saved. Free some space there, then try again."


def describe(problem: Exception) -> tuple[str, str]:
    """A code for the record and a sentence for the owner."""
    match problem:
        case OutOfMemory() | MemoryError():
            return "out-of-memory", str(problem if isinstance(problem, OutOfMemory) else OutOfMemory())
        case EngineError():
            return "engine", str(problem)
        case SoftTimeLimitExceeded():
            return "too-slow", "Drawing took too long and was stopped. Try again with fewer images."
        case NotStored():
            return "not-stored", DISK_FULL if is_disk_full(problem.__cause__) else str(problem)
        case OSError() if is_disk_full(problem):
            return "not-stored", DISK_FULL
        case _:
            return UNEXPECTED, "Something went wrong while drawing. It has been noted; try again."


def is_disk_full(problem: BaseException | None) -> bool:
    return isinstance(problem, OSError) and problem.errno in {errno.ENOSPC, errno.EDQUOT}
