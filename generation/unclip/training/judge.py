"""The judge: a small residual network that names the style, the concept and the background of a picture.

Style is read from the first layers alone, as by the eye for manner, and so is told of things that were never seen in
it. The judge learns from real pictures alone (`judge_stage`) and has no part in training a checkpoint, so that it can
tell what a checkpoint draws without having taught it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.manner import moments, stem
from generation.unclip.upstream import BasicBlock, ResNet

SIZE = 64
WEIGHTS, FACTS = "judge.safetensors", "judge.json"
# The background is read from a thumbnail this wide, apart from the tower: its features then hold the subject alone.
THUMBNAIL = 8
#: So many stages of the tower tell the style.
LOCAL = 2
BATCH = 128


class JudgeMissing(Exception):
    """There is no judge in a folder, or it cannot be read; the message says how to get one."""


class Opinion(NamedTuple):
    """What the judge makes of B pictures: unit `features` (B, D) and the `scores` (B, names) of each kind."""

    features: Tensor
    scores: dict[str, Tensor]


class Judge(nn.Module):
    """`sizes` are those of timm's ResNet, `names` the possible answers of "style", "concept" and "background"."""

    def __init__(self, sizes: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.sizes, self.names = dict(sizes), {kind: list(each) for kind, each in names.items()}
        self.tower = ResNet(BasicBlock, num_classes=0, **self.sizes)
        local = 2 * sum(each["num_chs"] for each in self.tower.feature_info[1:][:LOCAL])
        self.style = nn.Linear(local, len(self.names["style"]))
        self.concept = nn.Linear(self.tower.num_features, len(self.names["concept"]))
        self.background = nn.Sequential(
            nn.Linear(3 * THUMBNAIL**2, 128), nn.SiLU(), nn.Linear(128, len(self.names["background"]))
        )
        self.to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The judge that `save` wrote. Raises JudgeMissing."""
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            judge = cls(facts["sizes"], facts["names"])
            judge.load_state_dict(load_file(folder / WEIGHTS))
        except FileNotFoundError as exc:
            raise JudgeMissing(
                f"There is no judge in {folder}; train one with "
                "`python -m generation.unclip.training train judge --minutes 40`."
            ) from exc
        except Exception as exc:  # safetensors raises errors of its own beside ValueError, KeyError and RuntimeError
            raise JudgeMissing(f"The judge in {folder} cannot be read: {exc}") from exc
        return judge.eval()

    def save(self, folder: Path) -> None:
        """Writes the folder that `load` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: each.contiguous() for name, each in self.state_dict().items()}, folder / WEIGHTS)
        facts = {"sizes": self.sizes, "names": self.names}
        (folder / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @property
    def device(self) -> torch.device:
        return self.style.weight.device

    def forward(self, images: Tensor) -> Opinion:
        """Looks at (B, 3, H, W) pictures in [-1, 1], scaled to the judge's size."""
        images = scaled(images)
        tower, x = self.tower, stem(self.tower, images)
        maps = [x := layer(x) for layer in (tower.layer1, tower.layer2, tower.layer3, tower.layer4)]
        features = tower.global_pool(x)
        thumbnail = F.adaptive_avg_pool2d(images, THUMBNAIL).flatten(1)
        scores = {
            "style": self.style(moments(maps[:LOCAL])),
            "concept": self.concept(features),
            "background": self.background(thumbnail),
        }
        return Opinion(F.normalize(features, dim=-1), scores)

    @torch.no_grad()
    def look(self, images: Tensor) -> Opinion:
        """As `forward`, some pictures at a time, back on the CPU."""
        parts = [self(each.to(self.device)) for each in images.split(BATCH)]
        scores = {kind: torch.cat([part.scores[kind] for part in parts]).cpu() for kind in self.names}
        return Opinion(torch.cat([part.features for part in parts]).cpu(), scores)


def scaled(images: Tensor) -> Tensor:
    """(B, 3, H, W) at the judge's size, as they are where they have it."""
    if images.shape[-2:] == (SIZE, SIZE):
        return images
    return F.interpolate(images, (SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
