"""What can go wrong while drawing, each as a sentence a person can act on."""

import shlex
from pathlib import Path


class EngineError(Exception):
    """The picture could not be drawn."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class Cancelled(EngineError):
    """The drawing was cancelled."""


class OutOfMemory(EngineError):
    """There was not enough memory to draw this many pictures at once; try a smaller count.

    `fitting` is how many at once would fit, where that is known.
    """

    def __init__(self, fitting: int | None = None) -> None:
        super().__init__()
        self.fitting = fitting

    def __str__(self) -> str:
        said = "There was not enough memory to draw this many pictures at once; "
        if self.fitting is None:
            return said + "try a smaller count."
        return said + (f"a count of {self.fitting} would fit." if self.fitting else "not even one would fit.")


class CheckpointNotFound(EngineError):
    """The model checkpoint is missing."""


class CheckpointInvalid(EngineError):
    """The model checkpoint is damaged or of an unknown layout."""


class PickleRefused(CheckpointInvalid):
    """A pickle runs code as it is read, so it is not; it can be converted.

    `path` is the pickle.
    """

    def __init__(self, path: Path) -> None:
        folder = path.parent.parent if (path.parent.parent / "model_index.json").is_file() else path
        super().__init__(
            f"{path} is a pickle, which could run code as it is read, so it was not. This turns it into safetensors: "
            f"python -m generation.unclip convert {shlex.quote(str(folder))}"
        )


class DownloadFailed(EngineError):
    """The model checkpoint could not be downloaded."""


class DiskFull(DownloadFailed):
    """There is not enough room on the disk for the model checkpoint."""


class EmbeddingMismatch(EngineError):
    """The image's embedding belongs to another checkpoint, so this one cannot draw from it."""


class PictureInvalid(EngineError):
    """The picture cannot be read."""


class Unsupported(EngineError):
    """This checkpoint cannot do that."""
