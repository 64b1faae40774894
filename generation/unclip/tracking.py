"""Turns steps of stages into one fraction that grows from 0 to 1."""

from collections.abc import Callable

from torch import Tensor

from generation.unclip.request import OnProgress, Progress
from generation.unclip.tensors import to_images

#: About how much of the time each stage takes, where all of them run.
SHARES = {"text": 0.02, "prior": 0.10, "inversion": 1.5, "decoder": 0.76, "upsampler": 0.12}


class Tracker:
    """Reports progress; `steps` are the steps of each stage, in order."""

    def __init__(self, on_progress: OnProgress, steps: dict[str, int]) -> None:
        self.on_progress, self.steps, self.fraction = on_progress, steps, 0.0

    def stage(self, name: str, done: int = 0) -> Callable[..., None]:
        """A callback `(steps done, predicted clean sample = None)` for one stage, of which `done` steps are done."""
        names = list(self.steps)
        whole = sum(SHARES[each] for each in names)
        before = sum(SHARES[each] for each in names[: names.index(name)])
        steps = self.steps[name]

        def report(step: int, clean: Tensor | None = None) -> None:
            # An edit goes through the last stages once for each of its windows; the fraction only grows.
            self.fraction = max(self.fraction, min(1.0, (before + SHARES[name] * (done + step) / steps) / whole))
            previews = tuple(to_images(clean)) if clean is not None and clean.ndim == 4 else ()
            self.on_progress(Progress(name, done + step, steps, self.fraction, previews))

        return report
