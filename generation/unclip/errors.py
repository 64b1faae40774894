"""What can go wrong while drawing, each as a sentence a person can act on."""


class EngineError(Exception):
    """The picture could not be drawn."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class Cancelled(EngineError):
    """The drawing was cancelled."""


class OutOfMemory(EngineError):
    """There was not enough memory to draw this many pictures at once; try a smaller count."""


class CheckpointNotFound(EngineError):
    """The model checkpoint is missing."""


class CheckpointInvalid(EngineError):
    """The model checkpoint is damaged or of an unknown layout."""


class EmbeddingMismatch(EngineError):
    """The image's embedding belongs to another checkpoint, so this one cannot draw from it."""
