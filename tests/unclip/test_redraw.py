import torch
from torch import nn

from generation.unclip.training.upsampler_stage import REDRAWING_STEPS, crop, redraw


class Spy(nn.Module):
    """A decoder that always sees `target`, and keeps what it was shown."""

    def __init__(self, target):
        super().__init__()
        self.target, self.null_text, self.shown = target, torch.zeros(4), []

    def forward(self, sample, level, image, text):
        self.shown.append((sample, level))
        return self.target


IMAGES, TARGET = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8)


def redrawn(level):
    spy = Spy(TARGET)
    return redraw(spy, IMAGES, torch.randn(2, 4), torch.tensor(level), torch.Generator().manual_seed(0)), spy.shown


def test_a_redrawn_picture_is_what_the_decoder_sees_in_it():
    assert torch.allclose(redrawn([0.3, 0.7])[0], TARGET, atol=1e-6)


def test_each_picture_goes_down_from_its_own_level():
    shown = [level for _, level in redrawn([0.3, 0.6])[1]]
    assert len(shown) == REDRAWING_STEPS
    assert torch.allclose(shown[0], torch.tensor([0.3, 0.6]))
    assert torch.allclose(shown[-1], torch.tensor([0.3, 0.6]) / REDRAWING_STEPS)


def test_what_the_decoder_is_shown_is_as_noisy_as_it_is_told():
    first, _ = redrawn([0.0, 0.5])[1][0]
    assert torch.equal(first[0], IMAGES[0])
    assert 0.7 < (first[1] - 0.5 * IMAGES[1]).std() / 0.5 < 1.3


def test_each_picture_is_cropped_at_its_own_place_and_at_the_same_one_in_both_sizes():
    low = torch.arange(256.0).view(1, 1, 16, 16).expand(8, 3, 16, 16)
    full = low.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    small, large = crop(low, full, 4, torch.Generator().manual_seed(0))
    assert small.shape == (8, 3, 4, 4)
    assert torch.equal(large[:, :, ::4, ::4], small)
    assert len(small[:, 0, 0, 0].unique()) > 4
