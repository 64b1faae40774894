"""Where a checkpoint computes and in what precision, and how its running out of memory is told."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from generation.unclip.errors import OutOfMemory


def pick_device(device: str) -> torch.device:
    """`auto` is CUDA, then Apple's MPS, then the CPU."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """`auto` is bf16 on CUDA, else fp32."""
    if dtype == "auto":
        return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[dtype]


def computes_bf16(device: torch.device) -> bool:
    """Whether the device computes in bf16; CPUs without AVX-512 BF16 or AMX emulate it, many times slower."""
    return device.type == "cuda" or (device.type == "cpu" and torch.cpu._is_avx512_bf16_supported())


@contextmanager
def out_of_memory_as_error() -> Iterator[None]:
    """Turns every device's way of running out of memory into OutOfMemory."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as exc:
        raise OutOfMemory from exc
    except RuntimeError as exc:
        if "allocate memory" not in str(exc):
            raise
        raise OutOfMemory from exc
