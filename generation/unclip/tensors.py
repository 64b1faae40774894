"""Between pictures and tensors: (B, 3, H, W) floats in [-1, 1]."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_tensor(picture: Image.Image) -> Tensor:
    """An RGB picture as (1, 3, H, W)."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1


def to_images(pixels: Tensor) -> list[Image.Image]:
    """(B, 3, H, W) as 8-bit RGB pictures; what is out of range is cut."""
    array = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(picture) for picture in array]


def as_stored(pixels: Tensor) -> Tensor:
    """`pixels` as they are after being kept as 8-bit pictures: a stored draft is upsampled to the same image later."""
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1
