"""Stands in for the engine at our own seam: the same calls and the same reports, colored squares for pictures."""

import colorsys
import time
from dataclasses import dataclass, field

from PIL import Image

from generation.unclip import Drawing, Progress, Sample

STAGES = ("text", "prior", "decoder", "upsampler")


@dataclass
class FakeEngine:
    checkpoint: str = "fake"
    clip_model: str = "fake/clip"
    size: int = 512
    #: Raised when this many steps are done.
    fault: BaseException | None = None
    fault_step: int = 2
    #: Called at every step, with the step's number.
    on_step: object = None
    pause: float = 0.0
    requests: list[Drawing] = field(default_factory=list)

    def generate(self, request: Drawing, on_progress=lambda progress: None) -> list[Sample]:
        self.requests.append(request)
        for step, stage in enumerate(STAGES, start=1):
            time.sleep(self.pause)
            if self.on_step:
                self.on_step(step)
            if self.fault and step == self.fault_step:
                raise self.fault
            previews = tuple(square(request.seed + index, 64) for index in range(request.count))
            on_progress(Progress(stage, 1, 1, step / len(STAGES), previews if step > 2 else ()))
        return [sample(request.seed + index, 64 if request.draft else 256) for index in range(request.count)]

    def embed_text(self, texts: list[str]) -> list[tuple[float, ...]]:
        return [(0.0, 1.0, 0.0) for _ in texts]

    def embed_images(self, images: list[Image.Image]) -> list[tuple[float, ...]]:
        return [(1.0, 0.0, 0.0) for _ in images]


def sample(seed: int, size: int = 256) -> Sample:
    return Sample(square(seed, size), seed, (0.6, 0.8, 0.0))


def square(seed: int, size: int) -> Image.Image:
    """A square whose color tells its seed."""
    red, green, blue = colorsys.hsv_to_rgb(seed * 0.137 % 1, 0.8, 0.9)
    return Image.new("RGB", (size, size), (int(red * 255), int(green * 255), int(blue * 255)))
