"""The one place that imports open_clip, diffusers, timm and transformers, once torchvision can be imported."""

from generation.unclip.operators import declare_missing

declare_missing()

from diffusers import (  # noqa: E402
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
    VQModel,
)
from diffusers.configuration_utils import ConfigMixin, register_to_config  # noqa: E402
from diffusers.models.modeling_utils import ModelMixin  # noqa: E402
from diffusers.schedulers.scheduling_utils import SchedulerMixin  # noqa: E402
from diffusers.utils.torch_utils import randn_tensor  # noqa: E402
from open_clip.model import CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP  # noqa: E402
from timm.models.resnet import BasicBlock, ResNet  # noqa: E402
from transformers import (  # noqa: E402
    BertModel,
    CLIPImageProcessor,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
)

__all__ = [
    "BasicBlock",
    "BertModel",
    "CLIPImageProcessor",
    "CLIPTextCfg",
    "CLIPTextModelWithProjection",
    "CLIPTokenizer",
    "CLIPVisionCfg",
    "CLIPVisionModelWithProjection",
    "ConfigMixin",
    "CustomTextCLIP",
    "DDIMScheduler",
    "DDPMScheduler",
    "DPMSolverMultistepScheduler",
    "ModelMixin",
    "PriorTransformer",
    "ResNet",
    "SchedulerMixin",
    "UNet2DConditionModel",
    "UNet2DModel",
    "UnCLIPScheduler",
    "VQModel",
    "randn_tensor",
    "register_to_config",
]
