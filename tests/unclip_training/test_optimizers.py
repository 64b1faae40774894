import pytest
import torch
from torch import nn

from generation.unclip.training.optimizers import LARGEST_SIDE, optimizers
from generation.unclip.training.recipes import Recipe


def model():
    """A table, a small and a large matrix, a convolution and attention."""
    large = nn.Linear(LARGEST_SIDE + 1, LARGEST_SIDE + 2)
    return nn.ModuleDict(
        {
            "table": nn.Embedding(8, 4),
            "small": nn.Linear(4, 6),
            "large": large,
            "c": nn.Conv1d(4, 4, 3),
            "attention": nn.MultiheadAttention(8, 2),
        }
    )


MATRICES = {"small.weight", "attention.in_proj_weight", "attention.out_proj.weight"}


def names(model, optimizer):
    number = {id(each): name for name, each in model.named_parameters()}
    return {number[id(each)] for group in optimizer.param_groups for each in group["params"]}


def test_muon_takes_the_matrices_of_linear_layers_that_are_not_too_large():
    stages = model()
    adamw, muon = optimizers(stages, Recipe(4, 0.1, muon=True))
    assert names(stages, muon) == MATRICES
    assert names(stages, adamw) == {name for name, _ in stages.named_parameters()} - MATRICES


def test_without_muon_adamw_has_all():
    stages = model()
    (adamw,) = optimizers(stages, Recipe(4, 0.1))
    assert names(stages, adamw) == {name for name, _ in stages.named_parameters()}


def test_only_matrices_decay_and_no_table_of_embeddings():
    stages = model()
    decay = {}
    for optimizer in optimizers(stages, Recipe(4, 0.1, weight_decay=0.5, muon=True)):
        for group in optimizer.param_groups:
            decay |= dict.fromkeys(map(id, group["params"]), group["weight_decay"])
    named = {name: decay[id(each)] for name, each in stages.named_parameters()}
    assert {name for name, each in named.items() if each} == MATRICES | {"large.weight", "c.weight"}
    assert set(named.values()) == {0.0, 0.5}


@pytest.mark.parametrize("width", [64, 1024])
def test_a_first_step_of_muon_is_a_fifth_of_one_of_adamw_however_wide_the_matrix(width):
    torch.manual_seed(0)
    layer = nn.Linear(width, 64)
    sizes = []
    for muon in (False, True):
        before = layer.weight.detach().clone()
        layer.weight.grad = torch.randn(64, width)
        for each in optimizers(layer, Recipe(4, 1e-2, weight_decay=0, muon=muon)):
            each.step()
        sizes.append((layer.weight - before).square().mean().sqrt().item())
    assert sizes[1] / sizes[0] == pytest.approx(0.2, abs=0.05)


def test_a_module_may_learn_faster_than_the_others():
    stages = model()
    stages["small"].pace = 4.0
    paces = {}
    for optimizer in optimizers(stages, Recipe(4, 0.1, muon=True)):
        for group in optimizer.param_groups:
            paces |= dict.fromkeys(map(id, group["params"]), group["pace"])
    named = {name: paces[id(each)] for name, each in stages.named_parameters()}
    assert {name for name, pace in named.items() if pace == 4} == {"small.weight", "small.bias"}
    assert set(named.values()) == {1.0, 4.0}
