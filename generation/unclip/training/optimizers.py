"""What changes the weights: AdamW, and where a recipe asks for it Muon."""

import logging
from collections.abc import Iterable

from torch import Tensor, nn
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.optim import AdamW, Muon, Optimizer

from .recipes import Recipe

#: Muon's steps are then 0.2 of the rate whatever the shape, as AdamW's are on average, so that one learning rate serves
#: both (arXiv 2502.16982, 2.2).
AS_ADAMW = "match_rms_adamw"
#: Muon's work grows with the cube of a matrix's smaller side: beyond this AdamW, in more steps, learns more in a time.
LARGEST_SIDE = 256

# It would tell whenever another part of a run trains other weights.
logging.getLogger("torch.distributed.optim.zero_redundancy_optimizer").setLevel(logging.ERROR)


def optimizers(model: nn.Module, recipe: Recipe, processes: int = 1) -> list[Optimizer]:
    """AdamW for all weights, or where the recipe has Muon that for the matrices of linear layers.

    Muon moves along all directions of a matrix alike, those that only rare pictures need among them (arXiv 2509.26030).
    Its steps are much of the work of small models: `processes` that train together do each a share of the matrices.
    Each group has a `pace`: modules with a number of this name learn so many times as fast as the others.
    """
    paces = {id(each): pace for pace, module in _paced(model) for each in module.parameters()}
    linear = _linear(model) if recipe.muon else []
    chosen = {id(each): each for each in linear if min(each.shape) <= LARGEST_SIDE}
    tables = {id(each.weight) for each in model.modules() if isinstance(each, nn.Embedding)}
    by_pace: dict[float, list[Tensor]] = {}
    for each in model.parameters():
        by_pace.setdefault(paces.get(id(each), 1.0), []).append(each)
    adam: list[dict] = []
    muons: list[Optimizer] = []
    settings = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "adjust_lr_fn": AS_ADAMW}
    for pace, weights in by_pace.items():
        groups = _groups([each for each in weights if id(each) not in chosen], tables, recipe.weight_decay)
        adam += [group | {"pace": pace} for group in groups]
        if matrices := [each for each in weights if id(each) in chosen]:
            group = [{"params": matrices, "pace": pace}]
            # One for each pace: weights of another are often those that rest, and would be sent around too.
            shared = processes > 1
            muons.append(ZeroRedundancyOptimizer(group, Muon, **settings) if shared else Muon(group, **settings))
    return [AdamW(adam, lr=recipe.learning_rate, betas=(0.9, 0.95), fused=True), *muons]


def gather(optimizers: Iterable[Optimizer]) -> None:
    """Brings the states that processes have shared to the first of them, where `state_dict` then has all.

    All of the processes have to call this.
    """
    for each in optimizers:
        if isinstance(each, ZeroRedundancyOptimizer):
            each.consolidate_state_dict()


def _paced(model: nn.Module) -> Iterable[tuple[float, nn.Module]]:
    return ((module.pace, module) for module in model.modules() if isinstance(getattr(module, "pace", None), float))


def _linear(model: nn.Module) -> list[Tensor]:
    """The matrices of linear layers, those with which attention makes queries, keys and values among them."""
    attention = [each.in_proj_weight for each in model.modules() if isinstance(each, nn.MultiheadAttention)]
    return [each.weight for each in model.modules() if isinstance(each, nn.Linear)] + attention


def _groups(weights: Iterable[Tensor], tables: set[int], weight_decay: float) -> list[dict]:
    """Weight decay for matrices, none for gains, biases and single vectors, nor for tables of embeddings.

    A row of a table would shrink at each step, and be learned only at those few that read its token.
    """
    decaying: list[Tensor] = []
    others: list[Tensor] = []
    for each in weights:
        (decaying if each.ndim >= 2 and id(each) not in tables else others).append(each)
    return [{"params": decaying, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
