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
)
from generation.unclip.request import Drawing, Progress, Sample, TextToImage, Variations

__all__ = [
    "Cancelled",
    "CheckpointInvalid",
    "CheckpointNotFound",
    "Drawing",
    "EmbeddingMismatch",
    "EngineError",
    "OutOfMemory",
    "Progress",
    "Sample",
    "TextToImage",
    "Variations",
    "find_checkpoint",
    "known_subjects",
]
