"""For devices too small for all of a checkpoint: one model at a time is there, the others wait in main memory."""

from collections.abc import Callable

import torch
from torch import nn


class OneAtATime:
    """Brings a model to `device` as it is called, and the one that was there back to the CPU."""

    def __init__(self, device: torch.device, move: Callable[[nn.Module, torch.device], object] = nn.Module.to) -> None:
        self.device, self.move, self.resident = device, move, None

    def manage(self, model: nn.Module, *methods: str) -> None:
        """From now on, calling `model`, or one of its `methods`, brings it in first."""
        model.register_forward_pre_hook(lambda module, inputs: self.bring(module))
        for name in methods:
            setattr(model, name, self._bringing(model, getattr(model, name)))

    def bring(self, model: nn.Module) -> None:
        if self.resident is model:
            return
        if self.resident is not None:
            self.move(self.resident, torch.device("cpu"))
        self.move(model, self.device)
        self.resident = model

    def _bringing(self, model: nn.Module, method: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object, **options: object) -> object:
            self.bring(model)
            return method(*arguments, **options)

        return called
