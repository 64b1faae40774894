"""The one training loop: optimizers, EMA, checkpoints that survive a kill, progress, a loss curve and sample sheets.

It knows nothing of what it trains; a `Stage` brings the model, its batches and its loss.
"""

import copy
import math
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from generation.unclip.devices import computes_bf16

from .clock import time_left
from .curve import LossCurve, Point
from .optimizers import gather, optimizers
from .recipes import Recipe
from .team import Team

DECAY_SHARE = 0.3
#: Seconds between two progress lines, and two points of the loss curve.
TELL_EVERY = 10


class Stage(ABC):
    """One of the four models in training."""

    name: str
    recipe: Recipe
    model: nn.Module

    @abstractmethod
    def batches(self, start: int) -> Iterator[Any]:
        """Endless batches from number `start` on, which is the first use of a batch that is used several times."""

    @abstractmethod
    def loss(self, batch: Any, generator: torch.Generator) -> Tensor:
        """The scalar to be made smaller; all chance comes from `generator`."""

    @abstractmethod
    def save(self, model: nn.Module, folder: Path) -> None:
        """Writes the component as a checkpoint holds it."""

    def begin_with(self, model: nn.Module) -> None:
        """Takes over a trained model in place of the fresh one."""
        self.model = model

    def sheet(self, model: nn.Module) -> Image.Image | None:
        """What the model draws at present, or None where there is nothing to see."""
        return None

    def summary(self, model: nn.Module) -> str:
        """A few words for the progress line, at the intervals of the sheet."""
        return ""

    def settled(self, share_done: float) -> float:
        """The share of the present part of the run that is done, for stages that are trained in several parts.

        At the end of each the learning rate falls.
        """
        return share_done

    def enter(self, share_done: float) -> None:  # noqa: B027  most stages stay the same throughout
        """Called before each step with the share of the run that is done."""


@contextmanager
def computing(device: torch.device) -> Iterator[None]:
    """bf16 where the device computes in it; on a CPU attention in plain steps.

    Of sequences as short as these, a CPU's fused attention takes a third of the whole step to go backward.
    """
    on_cpu = device.type == "cpu"
    with (
        torch.autocast(device.type, dtype=torch.bfloat16, enabled=computes_bf16(device)),
        sdpa_kernel(SDPBackend.MATH) if on_cpu else nullcontext(),
    ):
        yield


class Trainer:
    """Trains one stage into `folder`, from where an earlier run stopped."""

    def __init__(self, stage: Stage, folder: Path, device: torch.device, report: Callable[[str], None]) -> None:
        self.team = Team(device)
        self.stage, self.folder, self.device = stage, folder, self.team.device
        self.report = report if self.team.leads else lambda line: None
        self.model = stage.model.to(self.device).train()
        self.team.align(self.model)
        self.average = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.optimizers = optimizers(self.model, stage.recipe, self.team.size)
        self.step, self.samples, self.seconds = 0, 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if self._state.exists():
            self._resume()
        self.curve = LossCurve(folder, self.step) if self.team.leads else None

    @property
    def samples_per_step(self) -> int:
        return self.stage.recipe.batch_size * self.team.size

    @property
    def _state(self) -> Path:
        return self.folder / "state.pt"

    def run(self, minutes: float = math.inf, samples: float = math.inf) -> None:
        """Trains until the stage has had `minutes`, or seen `samples` pictures, in all, those of earlier runs included.

        The learning rate falls over the last 30 %. Ends with a checkpoint and a sheet.
        """

        def share_done() -> float:
            return max(self.seconds / (minutes * 60), self.samples / samples)

        if share_done() >= 1:
            had = f"{self.seconds / 60:.1f} minutes and {self.samples:,} samples"
            self.report(f"{self.stage.name}  has had {had} already; ask for more to go on")
            return
        recipe, begun, average = self.stage.recipe, time.monotonic(), self._latest_loss
        first, saved, drawn, told = self.step, begun, begun, begun
        before = self.seconds
        used = self.step % recipe.uses
        for batch in islice(self.stage.batches(self.step - used), used, None):
            now = time.monotonic()
            self.seconds = before + now - begun
            share = self.team.agree(share_done())
            if share >= 1:
                break
            self.stage.enter(share)
            loss = self._train_step(batch, self._rate(self.stage.settled(share)))
            average = loss if average is None else 0.98 * average + 0.02 * loss
            if now - told > TELL_EVERY:
                told = now
                self._mark(average)
                rate = (self.step - first) * self.samples_per_step / (now - begun)
                self._tell(average, rate, self.seconds / share_done() - self.seconds)
            if self.team.agree(now - saved) > recipe.save_every:
                saved = now
                self.save()
            if now - drawn > recipe.sheet_every:
                drawn = now
                self.draw()
        if average is not None:
            self._mark(average)
        self.save()
        self.draw()

    def _train_step(self, batch: Any, rate: float) -> float:
        for group in (group for optimizer in self.optimizers for group in optimizer.param_groups):
            group["lr"] = rate * group["pace"]
        generator = torch.Generator(self.device).manual_seed(self.step * self.team.size + self.team.rank)
        with computing(self.device):
            loss = self.stage.loss(batch, generator)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"The loss of {self.stage.name} became {loss.item()} at step {self.step}.")
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        self.team.average_gradients(self.model.parameters())
        nn.utils.clip_grad_norm_(self.model.parameters(), self.stage.recipe.clip_norm)
        for optimizer in self.optimizers:
            # Weights that rest in this part of a run need not be sent around.
            if any(each.grad is not None for group in optimizer.param_groups for each in group["params"]):
                optimizer.step()
        self.step += 1
        self.samples += self.samples_per_step
        self._update_average()
        return loss.item()

    @torch.no_grad()
    def _update_average(self) -> None:
        weight = 1 - min(self.stage.recipe.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), weight)
        for kept, present in zip(self.average.buffers(), self.model.buffers(), strict=True):
            kept.copy_(present)

    def _rate(self, share: float) -> float:
        fall = min(1.0, max(0.01, (1 - share) / DECAY_SHARE))
        return self.stage.recipe.learning_rate * min(1.0, (self.step + 1) / self.stage.recipe.warmup) * fall

    @property
    def _latest_loss(self) -> float | None:
        """The smoothed loss where training goes on, so that the curve has no jump there."""
        return self.curve.points[-1].loss if self.curve and self.curve.points else None

    def _mark(self, loss: float) -> None:
        if self.curve:
            self.curve.add(Point(self.step, self.samples, loss))

    def _tell(self, loss: float, rate: float, left: float) -> None:
        done = f"step {self.step:,}  {self.samples:,} samples  {rate:.0f}/s"
        self.report(f"{self.stage.name}  {done}  loss {loss:.4f}  {time_left(left)}")

    def draw(self) -> None:
        """Writes a sample sheet and tells how the averaged model does."""
        if not self.team.leads:
            return
        if words := self.stage.summary(self.average):
            self.report(f"{self.stage.name}  {words}")
        if (sheet := self.stage.sheet(self.average)) is not None:
            path = self.folder / "sheets" / f"{self.step:07}.png"
            path.parent.mkdir(exist_ok=True)
            sheet.save(path)
            self.report(f"{self.stage.name}  drew {path}")

    def save(self) -> None:
        """State for resuming, the averaged component and the loss curve, each replaced whole."""
        gather(self.optimizers)
        if not self.team.leads:
            return
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "samples": self.samples,
            "seconds": self.seconds,
        }
        partial = self._state.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self._state)
        self.stage.save(self.average, self.folder / "component")
        self.curve.draw(f"{self.stage.name}: loss")

    def _resume(self) -> None:
        state = torch.load(self._state, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.step, self.samples, self.seconds = state["step"], state["samples"], state["seconds"]
        self.report(f"{self.stage.name}  resumes at step {self.step:,}")
