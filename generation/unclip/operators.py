"""Lets `import torchvision` work beside the CPU build of torch.

torchvision's published wheel carries operators compiled for the CUDA build. Beside the CPU build they do not load, and
its import fails on two missing schemas that nothing here calls. Declaring the schemas is enough; where the operators
are there, nothing is declared.
"""

import torch


def declare_missing() -> None:
    """Declares torchvision's `nms` and `qnms` when the compiled operators are missing. Safe to call twice."""
    import importlib.util

    spec = importlib.util.find_spec("torchvision")
    if spec is None or hasattr(torch.ops.torchvision, "nms"):
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in ("nms", "qnms"):
            _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


_library = torch.library.Library("torchvision", "FRAGMENT")
