"""Several processes that train one model together: one a GPU, or one a CPU core, started by `torchrun` or `accelerate`.

On CPUs this beats one process with several threads: small matrices keep a core busy better than they keep two.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import broadcast, broadcast_object_list, reduce
from torch import Tensor, nn

#: Where Linux keeps files that are memory.
MEMORY = Path("/dev/shm")


class Team:
    """This process's place among those that were started together; a team of one where it was started alone."""

    def __init__(self, device: torch.device) -> None:
        state = PartialState(cpu=device.type == "cpu")
        self.rank, self.size = state.process_index, state.num_processes
        on_one_machine = os.environ.get("LOCAL_WORLD_SIZE") == str(self.size)
        self._desk = Desk(state) if device.type == "cpu" and on_one_machine and self.size > 1 else None
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
            flat = [each.reshape(-1) for each in gradients]
            mean = self._desk.mean(flat) if self._desk else reduce(torch.cat(flat), "mean")
            for gradient, piece in zip(gradients, mean.split([each.numel() for each in gradients]), strict=True):
                gradient.copy_(piece.view_as(gradient))

    def agree(self, value: float) -> float:
        """The leader's value, in every process."""
        if self.size == 1:
            return value
        return broadcast(torch.tensor([value], dtype=torch.float64, device=self.device)).item()


class Desk:
    """Memory that all processes of a team on one machine see, for what they would else send each other.

    Through sockets, ten million numbers take four times as long.
    """

    def __init__(self, state: PartialState) -> None:
        self._state = state
        self._rows = torch.empty(state.num_processes, 0)

    def mean(self, pieces: Sequence[Tensor]) -> Tensor:
        """The mean over all processes of these vectors, one after the other; each process has as many numbers."""
        count = sum(map(len, pieces))
        if count > self._rows.shape[1]:
            self._rows = self._opened(count)
        torch.cat(list(pieces), out=self._rows[self._state.process_index, :count])
        self._state.wait_for_everyone()
        mean = self._rows[:, :count].mean(dim=0)
        # Nobody may write again before all have read.
        self._state.wait_for_everyone()
        return mean

    def _opened(self, count: int) -> Tensor:
        """Memory for so many fp32 numbers of each process."""
        size, leads = self._state.num_processes * count, self._state.is_main_process
        (path,) = broadcast_object_list([_shared_file(4 * size) if leads else ""])
        rows = torch.from_file(path, shared=True, size=size, dtype=torch.float32)
        self._state.wait_for_everyone()
        if leads:
            # It lasts as long as somebody has it open.
            os.unlink(path)
        return rows.view(-1, count)


def _shared_file(size: int) -> str:
    """A new file where so many bytes are kept in memory; in containers there may be little, and a disk has to do."""
    folder = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 * size else None
    handle, path = tempfile.mkstemp(dir=folder)
    os.close(handle)
    return path
