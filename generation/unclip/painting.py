"""From a condition to finished pictures: decoder, upsampler, and what an edit or an inversion puts around them."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generation.unclip.conditioning import Conditioner
from generation.unclip.errors import Unsupported
from generation.unclip.pictures import hole, square
from generation.unclip.request import Composition, Drawing, Edit, Reconstruction, TextDiff, Upsample
from generation.unclip.stages import Condition, Decoder, Known, Upsampler
from generation.unclip.tensors import as_stored, to_images, to_tensor
from generation.unclip.tracking import Tracker
from generation.unclip.windows import Box, paste, windows


class Painter:
    """The decoder and the upsampler of a checkpoint; the conditioner embeds the pictures that a request brings."""

    def __init__(self, conditioner: Conditioner, decoder: Decoder, upsampler: Upsampler | None) -> None:
        self.conditioner, self.decoder, self.upsampler = conditioner, decoder, upsampler

    def paint(self, request: Drawing, condition: Condition, tracker: Tracker) -> list[Image.Image]:
        """`request.count` finished pictures. Raises Unsupported where the checkpoint lacks what is asked for."""
        match request:
            case Upsample():
                return self._enlarged(request, condition, tracker)
            case Edit():
                return self._edited(request, condition, tracker)
            case TextDiff() | Reconstruction():
                return self._finished(self._redrawn(request, condition, tracker), request, condition, tracker)
        return self._finished(self._drawn(request, condition, tracker), request, condition, tracker)

    def _enlarged(self, request: Upsample, condition: Condition, tracker: Tracker) -> list[Image.Image]:
        if not self.upsampler:
            raise Unsupported("This checkpoint has no upsampler.")
        picture, report = self._place(to_tensor(request.image)), tracker.stage("upsampler")
        return to_images(self.upsampler.upsample(picture, condition.image_embedding, request.seeds, report))

    def _drawn(
        self, request: Drawing, condition: Condition, tracker: Tracker, window: int = 0, known: Known | None = None
    ) -> Tensor:
        """The decoder's pictures (B, 3, S, S), from noise."""
        steps = request.steps or self.decoder.steps
        options = {"steps": steps, "guidance_scale": request.guidance_scale, "known": known, **self._shape(request)}
        report = tracker.stage("decoder", window * steps)
        return self.decoder.draw(condition, request.seeds, report, **options)

    def _shape(self, request: Drawing) -> dict[str, tuple[int, int]]:
        """The decoder's option for the size that is asked for, where it is not its own."""
        if not isinstance(request, Composition):
            return {}
        height, width = request.height or self.size, request.width or self.size
        if height == width == self.size:
            return {}
        if not self.decoder.draws_any_shape:
            raise Unsupported(f"This checkpoint draws pictures of {self.size} x {self.size} pixels only.")
        return {"shape": (height, width)}

    def _redrawn(self, request: TextDiff | Reconstruction, condition: Condition, tracker: Tracker) -> Tensor:
        """The decoder's pictures (B, 3, S, S), from the noise that the request's own image comes from."""
        picture = self._place(to_tensor(square(request.image, self.decoder.size)))
        z_i = self.conditioner.embed(request.image)
        noise = self.decoder.invert(picture, z_i, tracker.stage("inversion")).expand(request.count, -1, -1, -1)
        eta = request.eta if isinstance(request, Reconstruction) else 0.0
        return self.decoder.redraw(condition.image_embedding, noise, request.seeds, tracker.stage("decoder"), eta)

    def _edited(self, request: Edit, condition: Condition, tracker: Tracker) -> list[Image.Image]:
        """The request's image with its hole drawn anew, window by window; every other pixel as it was."""
        canvases = [request.image.copy() for _ in range(request.count)]
        open_part = hole(request.mask, request.image.size)
        for window, box in enumerate(self._windows(request)):
            known = self._known(canvases, open_part, box)
            if not request.prompt:  # what a window shows decides how it goes on
                condition = Condition(self.conditioner.encoder.encode_pictures([each.crop(box) for each in canvases]))
            base = self._drawn(request, condition, tracker, window, known)
            drawn = self._finished(base, request, condition, tracker, window)
            for canvas, picture in zip(canvases, drawn, strict=True):
                paste(canvas, picture, box, open_part)
            left, top, right, bottom = box
            open_part[top:bottom, left:right] = False
        return canvases

    def _known(self, canvases: Sequence[Image.Image], open_part: np.ndarray, box: Box) -> Known:
        """What is in a window already, at the decoder's size; a pixel of that is open where any under it is."""
        size = (self.decoder.size, self.decoder.size)
        seen = [canvas.resize(size, Image.Resampling.LANCZOS, box=box) for canvas in canvases]
        share = Image.fromarray(open_part).convert("L").resize(size, Image.Resampling.BOX, box=box)
        redrawn = torch.from_numpy(np.asarray(share) > 0)[None, None]
        return Known(self._place(torch.cat([to_tensor(picture) for picture in seen])), self._place(redrawn))

    def _finished(
        self, base: Tensor, request: Drawing, condition: Condition, tracker: Tracker, window: int = 0
    ) -> list[Image.Image]:
        """The decoder's pictures upsampled, unless drafts were asked for or there is no upsampler."""
        if request.draft or not self.upsampler:
            return to_images(base)
        report = tracker.stage("upsampler", window * self.upsampler.steps_of(request.count))
        return to_images(self.upsampler.upsample(as_stored(base), condition.image_embedding, request.seeds, report))

    def _windows(self, request: Edit) -> list[Box]:
        return list(windows(hole(request.mask, request.image.size), self.size))

    @property
    def size(self) -> int:
        """Pixels an edge of a finished picture."""
        return self.decoder.size * (self.upsampler.factor if self.upsampler else 1)

    def steps_of(self, request: Drawing) -> dict[str, int]:
        """The stages that `paint` reports for a request, in order, each with its steps."""
        rounds = len(self._windows(request)) if isinstance(request, Edit) else 1
        decoder = {"decoder": (request.steps or self.decoder.steps) * rounds}
        if isinstance(request, Upsample):
            decoder = {}
        elif isinstance(request, TextDiff | Reconstruction):
            decoder = {"inversion": self.decoder.ddim_steps, "decoder": self.decoder.ddim_steps}
        upsampled = self.upsampler and not request.draft
        after = {"upsampler": self.upsampler.steps_of(request.count) * rounds} if upsampled else {}
        return {**decoder, **after}

    def _place(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.conditioner.encoder.device, self.conditioner.dtype)
