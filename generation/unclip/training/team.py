"""Several processes that train one model together: one a GPU, or one a CPU core, started by `torchrun` or `accelerate`.

On CPUs this beats one process with several threads: small matrices keep a core busy better than they keep two.
"""

import atexit
from collections.abc import Iterable

import torch
from accelerate import PartialState
from accelerate.utils import broadcast, reduce
from torch import nn


class Team:
    """This process's place among those that were started together; a team of one where it was started alone."""

    def __init__(self, device: torch.device) -> None:
        state = PartialState(cpu=device.type == "cpu")
        self.rank, self.size = state.process_index, state.num_processes
        #: Each process of a team has a GPU of its own; a CPU has no number, by which a checkpoint could not be read.
        self.device = device if self.size == 1 or device.type == "cpu" else state.device
        if self.size > 1:
            # A group that is still open when the interpreter ends has threads, at which the process aborts.
            atexit.register(state.destroy_process_group)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that reports and writes."""
        return self.rank == 0

    def align(self, model: nn.Module) -> None:
        """Gives every process the leader's weights."""
        broadcast([each.data for each in (*model.parameters(), *model.buffers())])

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces each gradient by its mean over the team."""
        if self.size > 1:
            gradients = [each.grad for each in parameters if each.grad is not None]
            # One message of all of them: many small ones would each wait for the slowest process.
            mean = reduce(torch.cat([each.reshape(-1) for each in gradients]), "mean")
            for gradient, piece in zip(gradients, mean.split([each.numel() for each in gradients]), strict=True):
                gradient.copy_(piece.view_as(gradient))

    def agree(self, value: float) -> float:
        """The leader's value, in every process."""
        if self.size == 1:
            return value
        return broadcast(torch.tensor([value], dtype=torch.float64, device=self.device)).item()
