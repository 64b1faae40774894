"""The unCLIP engine: text embedding -> prior -> image embedding -> decoder -> upsampler.

This package knows nothing of Django, queues or databases. Importing it stays cheap: what needs torch lies in
`generation.unclip.engine`, which callers import when they mean to draw.
"""

from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.errors import Cancelled, CheckpointInvalid, CheckpointNotFound, EngineError, OutOfMemory
from generation.unclip.request import Progress, Sample, TextToImage

__all__ = [
    "Cancelled",
    "CheckpointInvalid",
    "CheckpointNotFound",
    "EngineError",
    "OutOfMemory",
    "Progress",
    "Sample",
    "TextToImage",
    "find_checkpoint",
]
