import pytest

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.ranker import Ranker
from generation.unclip.training.__main__ import main
from generation.unclip.training.captions import Record
from generation.unclip.training.clip_stage import clip_config
from generation.unclip.training.recipes import STAGES, RecipeInvalid, load, names
from generation.unclip.training.tokenizer import train_tokenizer
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import PriorTransformer

#: What a checkpoint that ships with Airbrush may weigh, in bytes; half precision has two a parameter.
LARGEST = 60_000_000
#: As many as the open sets have, and some more.
STYLES = 24


def parameters(*models):
    return sum(parameter.numel() for model in models for parameter in model.parameters())


@pytest.mark.parametrize("size", names())
def test_every_size_builds_and_can_ship(size):
    recipes = load(size)
    record = Record("apple", "apple", "flat-icon", (), "red", "test", "CC0-1.0", "train")
    config = clip_config(recipes["clip"].model, train_tokenizer([record], 300))
    config["text_cfg"]["vocab_size"] = recipes["clip"].vocabulary
    clip = Clip(config, train_tokenizer([record], 300))
    width, length = config["embed_dim"], config["text_cfg"]["context_length"]
    prior = PriorTransformer(**recipes["prior"].model, embedding_dim=width, num_embeddings=length)
    decoder = HourglassDecoder(**recipes["decoder"].model, embedding_dim=width)
    ranker = Ranker(**recipes["ranker"].model, styles=STYLES, embedding_dim=width)
    upsampler = PixelShuffleUpsampler(**recipes["upsampler"].model, embedding_dim=width)
    assert 2 * parameters(clip, prior, decoder, ranker, upsampler) < LARGEST


def test_an_unknown_key_is_named(tmp_path):
    text = "\n".join(f"[{stage}]\nbatch_size = 8\nlearning_rate = 1e-3" for stage in STAGES[:-1])
    path = tmp_path / "mine.toml"
    path.write_text(f"{text}\n[upsampler]\nbatch_size = 8\nlerning_rate = 1e-3\n")
    with pytest.raises(RecipeInvalid, match="lerning_rate"):
        load(str(path))


def test_a_missing_stage_is_named(tmp_path):
    (tmp_path / "mine.toml").write_text("[clip]\nbatch_size = 8\nlearning_rate = 1e-3\n")
    with pytest.raises(RecipeInvalid, match="decoder"):
        load(str(tmp_path / "mine.toml"))


def test_an_unknown_size_lists_the_known_ones(tmp_path, capsys):
    assert main(["train", "clip", "--minutes", "1", "--size", "huge", "--data", str(tmp_path)]) == 1
    assert "starter-cpu" in capsys.readouterr().err
