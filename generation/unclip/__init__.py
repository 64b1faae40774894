"""The unCLIP engine: text embedding -> prior -> image embedding -> decoder -> upsampler.

This package knows nothing of Django, queues or databases. Importing it stays cheap: what needs torch lies in
`generation.unclip.engine`, which callers import when they mean to draw.
"""

from generation.unclip.checkpoint import find_checkpoint, known_subjects
from generation.unclip.errors import (
    Cancelled,
    CheckpointInvalid,
    CheckpointNotFound,
    EmbeddingMismatch,
    EngineError,
    OutOfMemory,
    PictureInvalid,
    Unsupported,
)
from generation.unclip.pictures import open_picture
from generation.unclip.request import (
    SIDE_STEP,
    Blend,
    Drawing,
    Edit,
    Part,
    Progress,
    Reconstruction,
    Sample,
    TextDiff,
    TextToImage,
    Upsample,
    Variations,
    outpaint,
)

__all__ = [
    "SIDE_STEP",
    "Blend",
    "Cancelled",
    "CheckpointInvalid",
    "CheckpointNotFound",
    "Drawing",
    "Edit",
    "EmbeddingMismatch",
    "EngineError",
    "OutOfMemory",
    "Part",
    "PictureInvalid",
    "Progress",
    "Reconstruction",
    "Sample",
    "TextDiff",
    "TextToImage",
    "Unsupported",
    "Upsample",
    "Variations",
    "find_checkpoint",
    "known_subjects",
    "open_picture",
    "outpaint",
]
