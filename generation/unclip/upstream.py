"""The one place that imports open_clip, diffusers and transformers, having made sure torchvision can be imported."""

from generation.unclip.operators import declare_missing

declare_missing()

from diffusers import DPMSolverMultistepScheduler, PriorTransformer  # noqa: E402
from diffusers.configuration_utils import ConfigMixin, register_to_config  # noqa: E402
from diffusers.models.modeling_utils import ModelMixin  # noqa: E402
from diffusers.schedulers.scheduling_utils import SchedulerMixin  # noqa: E402
from diffusers.utils.torch_utils import randn_tensor  # noqa: E402
from open_clip.model import CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP  # noqa: E402
from transformers import BertModel  # noqa: E402

__all__ = [
    "BertModel",
    "CLIPTextCfg",
    "CLIPVisionCfg",
    "ConfigMixin",
    "CustomTextCLIP",
    "DPMSolverMultistepScheduler",
    "ModelMixin",
    "PriorTransformer",
    "SchedulerMixin",
    "randn_tensor",
    "register_to_config",
]
