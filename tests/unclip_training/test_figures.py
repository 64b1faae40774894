import pytest
import torch
from torch.nn import functional as F

from generation.unclip.training.figures import copy_distance, diversity, memorized, nearest, share_named

NAMES = ["cat", "dog", "cow"]
SCORES = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])


def features(count, seed):
    return F.normalize(torch.randn(count, 16, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_only_the_best_name_counts_at_first():
    assert share_named(SCORES, NAMES, [{"cat"}, {"dog"}]) == 0.5


def test_among_two_the_second_best_counts_too():
    assert share_named(SCORES, NAMES, [{"dog"}, {"dog"}], top=2) == 1.0


def test_any_accepted_name_is_right():
    assert share_named(SCORES, NAMES, [("dog", "cat"), ("cow",)]) == 1.0


def test_there_may_be_fewer_names_than_are_looked_at():
    assert share_named(SCORES, NAMES, [{"cow"}, {"bird"}], top=5) == 0.5


def test_equal_pictures_have_no_diversity():
    assert diversity([features(1, 0).expand(8, -1)]) == pytest.approx(0, abs=1e-6)


def test_opposite_pictures_are_two_apart():
    assert diversity([torch.tensor([[1.0, 0.0], [-1.0, 0.0]])]) == pytest.approx(2)


def test_diversity_is_the_mean_of_the_groups():
    same, opposite = torch.tensor([[1.0, 0.0]] * 3), torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert diversity([same, opposite]) == pytest.approx(1)


def test_the_nearest_training_picture_decides():
    training = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert nearest(torch.tensor([[0.0, 1.0], [0.6, 0.8]]), training).tolist() == pytest.approx([0, 0.2], abs=1e-6)


def test_copies_are_all_memorized_and_strangers_are_not():
    training = features(64, 0)
    closer_than = copy_distance(features(200, 1), training)
    assert memorized(training, training, closer_than) == 1.0
    assert memorized(-training[:1], training[:1], closer_than) == 0.0


def test_about_one_held_out_picture_in_a_hundred_counts_as_a_copy():
    training, held_out = features(64, 0), features(400, 1)
    assert memorized(held_out, training, copy_distance(held_out, training)) == pytest.approx(0.01, abs=0.003)
