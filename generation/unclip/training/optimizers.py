"""What changes the weights: AdamW, and where a recipe asks for it Muon."""

from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from .recipes import Recipe

#: Muon's steps are then 0.2 of the rate whatever the shape, as AdamW's are on average, so that one learning rate serves
#: both (arXiv 2502.16982, 2.2).
AS_ADAMW = "match_rms_adamw"
#: Muon's work grows with the cube of a matrix's smaller side: beyond this it takes longer than the step itself.
LARGEST_SIDE = 1024


def optimizers(model: nn.Module, recipe: Recipe) -> list[Optimizer]:
    """AdamW for all weights, or where the recipe has Muon that for the matrices of linear layers.

    Muon moves along all directions of a matrix alike, those that only rare pictures need among them (arXiv 2509.26030).
    """
    linear = _linear(model) if recipe.muon else []
    chosen = {id(each): each for each in linear if min(each.shape) <= LARGEST_SIDE}
    groups = _groups(model, set(chosen), recipe.weight_decay)
    found: list[Optimizer] = [AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.95), fused=True)]
    if chosen:
        decay, rate = recipe.weight_decay, recipe.learning_rate
        found.append(Muon(list(chosen.values()), lr=rate, weight_decay=decay, adjust_lr_fn=AS_ADAMW))
    return found


def _linear(model: nn.Module) -> list[Tensor]:
    """The matrices of linear layers, those with which attention makes queries, keys and values among them."""
    attention = [each.in_proj_weight for each in model.modules() if isinstance(each, nn.MultiheadAttention)]
    return [each.weight for each in model.modules() if isinstance(each, nn.Linear)] + attention


def _groups(model: nn.Module, apart: set[int], weight_decay: float) -> list[dict]:
    """Weight decay for matrices, none for gains, biases and single vectors, nor for tables of embeddings.

    A row of a table would shrink at each step, and be learned only at those few that read its token.
    """
    tables = {id(each.weight) for each in model.modules() if isinstance(each, nn.Embedding)}
    weights = [each for each in model.parameters() if id(each) not in apart]
    decaying = [each for each in weights if each.ndim >= 2 and id(each) not in tables]
    kept = {id(each) for each in decaying}
    return [
        {"params": decaying, "weight_decay": weight_decay},
        {"params": [each for each in weights if id(each) not in kept], "weight_decay": 0.0},
    ]
