"""Several processes that train one model together: one a GPU, or one a CPU core, started by `torchrun`.

On CPUs this beats one process with several threads: small matrices keep a core busy better than they keep two.
"""

import atexit
import os
from collections.abc import Iterable

import torch
from torch import Tensor, distributed, nn


class Team:
    """This process's place among those that `torchrun` started; a team of one where it was not used."""

    def __init__(self, device: torch.device) -> None:
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.size > 1 and not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
            # A group that is still open when the interpreter ends has threads, at which the process aborts.
            atexit.register(distributed.destroy_process_group)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that reports and writes."""
        return self.rank == 0

    def align(self, model: nn.Module) -> None:
        """Gives every process the leader's weights."""
        if self.size > 1:
            for tensor in (*model.parameters(), *model.buffers()):
                distributed.broadcast(tensor.data, 0)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces each gradient by its mean over the team."""
        if self.size > 1:
            gradients = [each.grad for each in parameters if each.grad is not None]
            flat = torch.cat([each.reshape(-1) for each in gradients])
            distributed.all_reduce(flat)
            pieces = (flat / self.size).split([each.numel() for each in gradients])
            for gradient, piece in zip(gradients, pieces, strict=True):
                gradient.copy_(piece.view_as(gradient))

    def agree(self, value: float, device: torch.device) -> float:
        """The leader's value, in every process."""
        if self.size == 1:
            return value
        shared: Tensor = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.broadcast(shared, 0)
        return shared.item()
