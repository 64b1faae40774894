import pytest
import torch

from generation.unclip.decoder import LARGEST_CONDITION, HourglassDecoder, Layers, Strokes, bounded

SMALL = {"outer_dim": 32, "inner_dim": 64, "inner_layers": 1, "head_dim": 32, "trunk_dim": 32, "plan_dim": 8}
RED, BLUE = torch.tensor([[1.0, -1, -1]]), torch.tensor([[-1.0, -1, 1]])


def layers(matte):
    """A white subject on a ground that goes from red down to blue."""
    return Layers(torch.ones(1, 3, 4, 4), torch.full((1, 1, 4, 4), float(matte)), RED, BLUE)


@pytest.fixture
def decoder():
    """One whose weights are all at random, so that nothing is zero as it is at first."""
    torch.manual_seed(0)
    decoder = HourglassDecoder(**SMALL, refine_channels=8, refine_layers=2).eval()
    for weights in decoder.parameters():
        torch.nn.init.normal_(weights, std=0.07)
    return decoder


def given(count, level):
    embeddings = torch.nn.functional.normalize(torch.randn(2, count, 256), dim=-1)
    return torch.randn(count, 3, 64, 64), torch.full((count,), level), *embeddings


def test_where_the_matte_is_zero_only_the_ground_is_seen():
    picture = layers(0).flattened()
    assert torch.equal(picture[0, :, 0], RED[0, :, None].expand(3, 4))
    assert torch.equal(picture[0, :, -1], BLUE[0, :, None].expand(3, 4))
    assert (picture.diff(dim=-1) == 0).all()
    assert (picture[0, 0].diff(dim=0) < 0).all()


def test_where_the_matte_is_one_only_the_subject_is_seen():
    assert torch.equal(layers(1).flattened(), torch.ones(1, 3, 4, 4))


def test_a_half_matte_shows_both_alike():
    assert torch.allclose(layers(0.5).flattened(), (1 + layers(0).flattened()) / 2)


@torch.no_grad()
def test_the_picture_is_its_layers_laid_over_one_another(decoder):
    sample, level, image, text = given(2, 0.5)
    drawn = decoder.layers(sample, level, image, text)
    assert drawn.subject.shape == (2, 3, 64, 64)
    assert drawn.matte.shape == (2, 1, 64, 64)
    assert 0 <= drawn.matte.min() < drawn.matte.max() <= 1
    assert torch.equal(decoder(sample, level, image, text), drawn.flattened())


@torch.no_grad()
def test_as_long_as_nothing_is_added_the_sketch_is_drawn(decoder):
    for layer in (decoder.patch_out, decoder.refine.finish, decoder.ground[-1]):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    sample, level, image, text = given(2, 0.5)
    planned = decoder.planned(image, text)
    assert planned.subject.shape == (2, 3, 64, 64)
    assert planned.subject.std() > 0
    drawn = decoder.layers(sample, level, image, text)
    assert all(torch.equal(*pair) for pair in zip(drawn, planned, strict=True))


@torch.no_grad()
def test_what_is_sketched_runs_on_into_the_patches_nearby_and_no_further(decoder):
    _, _, image, text = given(1, 1.0)
    torch.nn.init.zeros_(decoder.plan.weight)
    torch.nn.init.zeros_(decoder.plan.bias)
    before = decoder.planned(image, text).subject
    decoder.plan.bias[:8] = 1.0
    changed = (decoder.planned(image, text).subject - before).abs().amax(dim=1)[0] > 1e-6
    assert changed[:16, :16].all()
    assert not changed[32:].any()
    assert not changed[:, 32:].any()


@torch.no_grad()
def test_without_strokes_each_patch_is_drawn_by_itself(decoder):
    _, _, image, text = given(1, 1.0)
    torch.nn.init.normal_(decoder.sketch.weight)
    before = decoder.planned(image, text, stroked=False).subject
    decoder.plan.bias[:8] += 1.0
    changed = (decoder.planned(image, text, stroked=False).subject - before).abs().amax(dim=1)[0] > 1e-6
    assert changed[:8, :8].any()
    assert not changed[8:].any()
    assert not changed[:, 8:].any()


@torch.no_grad()
def test_one_plan_is_drawn_otherwise_where_the_whole_picture_differs(decoder):
    plan, known = torch.randn(1, 8, 8, 8), torch.randn(2, 1, 32)
    drawn = [decoder.strokes(plan, each) for each in known]
    assert drawn[0].shape == (1, 4, 64, 64)
    assert (drawn[0] - drawn[1]).abs().max() > 1e-4


@torch.no_grad()
@pytest.mark.parametrize("patch_size", [2, 4, 8, 16])
def test_strokes_fill_patches_of_any_size(patch_size):
    strokes = Strokes(plan_dim=8, channels=32, known_dim=16, patch_size=patch_size)
    assert strokes(torch.randn(2, 8, 4, 4), torch.randn(2, 16)).shape == (2, 4, 4 * patch_size, 4 * patch_size)


@torch.no_grad()
def test_of_noise_alone_the_sketch_is_drawn(decoder):
    sample, _, image, text = given(3, 1.0)
    sketch = decoder.planned(image, text).flattened()
    assert torch.equal(decoder(sample, torch.ones(3), image, text), sketch)
    drawn = decoder(sample, torch.tensor([1.0, 0.5, 1.0]), image, text)
    assert torch.equal(drawn[[0, 2]], sketch[[0, 2]])
    alone = decoder(sample[1:2], torch.tensor([0.5]), image[1:2], text[1:2])
    assert torch.allclose(drawn[1:2], alone, atol=1e-5)
    assert not torch.allclose(drawn[1:2], sketch[1:2], atol=1e-2)


def test_what_the_matte_hides_of_a_subject_is_black():
    half = layers(0.5)
    assert torch.equal(half.premultiplied(), torch.full((1, 4, 4, 4), 0.5))
    assert not half._replace(subject=-half.subject).premultiplied()[:, :3].any()


@torch.no_grad()
def test_the_ground_has_no_grain_however_noisy_the_sample(decoder):
    drawn = decoder.layers(*given(1, 0.9))
    ground = drawn._replace(matte=torch.zeros_like(drawn.matte)).flattened()
    assert ground.diff(dim=-1).abs().max() == 0
    assert ground.diff(dim=-2).diff(dim=-2).abs().max() < 1e-5


@torch.no_grad()
def test_a_row_does_not_depend_on_the_others_of_its_batch(decoder):
    sample, level, image, text = given(3, 0.4)
    alone = decoder(sample[1:2], level[1:2], image[1:2], text[1:2])
    assert torch.allclose(decoder(sample, level, image, text)[1:2], alone, atol=1e-5)


@torch.no_grad()
def test_what_is_refined_depends_on_the_noise_level(decoder):
    coarse, sample, condition = torch.randn(1, 4, 64, 64), torch.randn(1, 3, 64, 64), torch.randn(2, 1, 64)
    mended = [decoder.refine(coarse, sample, each) for each in condition]
    assert (mended[0] - mended[1]).abs().max() > 1e-4


def test_at_first_nothing_is_refined():
    decoder = HourglassDecoder(**SMALL, refine_channels=8, refine_layers=2)
    coarse = torch.randn(1, 4, 64, 64)
    assert torch.equal(decoder.refine(coarse, torch.randn(1, 3, 64, 64), torch.randn(1, 64)), coarse)


def test_a_condition_is_scaled_down_only_where_it_is_too_large():
    usual, huge = torch.full((1, 64), 0.5 * LARGEST_CONDITION), torch.full((1, 64), -80 * LARGEST_CONDITION)
    assert torch.equal(bounded(usual), usual)
    assert torch.allclose(bounded(huge), torch.full((1, 64), -LARGEST_CONDITION))
