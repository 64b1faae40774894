import random
from dataclasses import replace

import pytest
import torch

from generation.unclip.training.__main__ import main
from generation.unclip.training.batches import VARIED, Batches
from generation.unclip.training.figures import share_named
from generation.unclip.training.judge import Judge, JudgeMissing
from generation.unclip.training.judge_stage import JudgeStage, answers, roughen, soften, taught_concepts
from generation.unclip.training.loop import Trainer
from generation.unclip.training.mix import evenly
from generation.unclip.training.recipes import RecipeInvalid, load, recipe_of
from generation.unclip.training.shards import ImageSet
from generation.unclip.training.stages import StageMissing, build_stage

from .sets import THINGS, write_set

TINY = load("tiny")["judge"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("judge"))


@pytest.fixture
def stage(data, tmp_path):
    torch.manual_seed(0)
    return build_stage("judge", data, tmp_path, 0, replace(TINY, batch_size=16))


def told_apart(judge, images, kind):
    """The share of held-out pictures of which the judge names this kind rightly."""
    held_out = [n for n, record in enumerate(images.records) if record.split == "heldout"]
    # In other colors nobody could tell one disc from another.
    variety = replace(VARIED, recolored=0.0)
    batch = Batches(images, 64, 8, 0, variety).compose(held_out * 8, random.Random(1))
    right = [{name} for name in answers(batch)[kind]]
    return share_named(judge.eval().look(batch.images).scores[kind], judge.names[kind], right)


def test_the_judge_learns_to_tell_things_and_backgrounds_apart(stage, data, tmp_path):
    images = ImageSet(data)
    before = told_apart(stage.model, images, "concept")
    trainer = Trainer(stage, tmp_path / "judge", torch.device("cpu"), print)
    for number, batch in enumerate(stage.batches(0)):
        if number == 120:
            break
        trainer._train_step(batch, 5e-3)
    assert before < 0.6
    assert told_apart(trainer.average, images, "concept") > 0.8
    assert told_apart(trainer.average, images, "background") > 0.5


def test_the_first_layers_alone_tell_the_style(stage):
    judge, images = stage.model.eval(), torch.randn(2, 3, 64, 64)
    before = judge.look(images).scores
    for each in judge.tower.layer3.parameters():
        each.data.zero_()
    after = judge.look(images).scores
    assert torch.equal(after["style"], before["style"])
    assert not torch.equal(after["concept"], before["concept"])


def test_the_judge_tells_how_it_does_while_it_is_trained(stage, tmp_path):
    lines = []
    Trainer(stage, tmp_path / "judge", torch.device("cpu"), lines.append).run(minutes=1 / 60)
    assert any("names rightly of 256 held-out pictures: style" in line for line in lines)


def test_the_judge_comes_back_as_it_was_saved(stage, tmp_path):
    judge = stage.model.eval()
    judge.save(tmp_path)
    again, images = Judge.load(tmp_path), torch.randn(2, 3, 64, 64)
    assert again.names == judge.names
    assert torch.equal(again.look(images).features, judge.look(images).features)


def test_the_training_command_leaves_a_judge(data, tmp_path):
    arguments = ["--minutes", "0.02", "--size", "tiny", "--data", str(data), "--folder", str(tmp_path)]
    assert main(["train", "judge", *arguments, "--device", "cpu"]) == 0
    assert Judge.load(tmp_path / "judge" / "component").names["concept"] == sorted(THINGS)


def test_pictures_of_any_size_are_looked_at(stage):
    assert stage.model.eval().look(torch.zeros(1, 3, 96, 128)).features.shape == (1, 32)


def test_features_do_not_depend_on_how_many_pictures_are_looked_at(stage, monkeypatch):
    judge, images = stage.model.eval(), torch.randn(5, 3, 64, 64)
    whole = judge.look(images)
    monkeypatch.setattr("generation.unclip.training.judge.BATCH", 2)
    parts = judge.look(images)
    assert torch.allclose(whole.features, parts.features, atol=1e-5)


def test_what_the_judge_was_not_taught_costs_nothing(stage):
    batch = next(stage.batches(0))
    strangers = batch._replace(records=[replace(each, concept="stranger") for each in batch.records])
    stage.model.eval()
    with torch.no_grad():
        known, strange = (stage.loss(each, torch.Generator().manual_seed(0)) for each in (batch, strangers))
    assert torch.isfinite(strange)
    assert strange < known


def test_concepts_of_few_or_held_out_pictures_are_not_taught(data):
    records = ImageSet(data).records
    rare = replace(records[0], concept="rare")
    held_out = replace(records[0], concept="unseen", split="heldout")
    assert taught_concepts([*records, rare, rare, held_out, held_out, held_out]) == sorted(THINGS)


def test_a_softened_picture_has_less_detail():
    images = torch.randn(2, 3, 64, 64)
    outcomes = [soften(images, torch.Generator().manual_seed(seed)) for seed in range(8)]
    changed = [each for each in outcomes if not torch.equal(each, images)]
    assert 0 < len(changed) < 8
    assert all(each.std() < images.std() and each.shape == images.shape for each in changed)


def test_a_roughened_picture_has_grain_of_bounded_strength():
    images = torch.zeros(4, 3, 64, 64)
    outcomes = [roughen(images, torch.Generator().manual_seed(seed)) for seed in range(12)]
    strengths = [each.std().item() for each in outcomes if each.any()]
    assert 0 < len(strengths) < 12
    assert 0 < min(strengths) < max(strengths) < 0.26


def test_all_pictures_are_shown_evenly(data):
    images = ImageSet(data)
    records = [replace(each, concept="something rare") if n < 4 else each for n, each in enumerate(images.records)]
    images.records = records
    even, leaning = (Batches(images, 64, 256, 0, **options) for options in ({"weigh": evenly}, {}))
    rare = [sum(each.concept == "something rare" for each in batches.draw(0).records) for batches in (even, leaning)]
    assert rare[0] > 40 > rare[1]


def test_a_set_that_holds_nothing_out_trains_without_a_check(tmp_path):
    stage = JudgeStage(ImageSet(write_set(tmp_path, held_out=None)), 0, TINY)
    assert stage.summary(stage.model) == ""


@pytest.mark.parametrize("damage", ["judge.json", "judge.safetensors"])
def test_a_damaged_judge_is_named(stage, tmp_path, damage):
    stage.model.save(tmp_path)
    (tmp_path / damage).write_text("damaged")
    with pytest.raises(JudgeMissing, match="cannot be read"):
        Judge.load(tmp_path)


def test_no_checkpoint_holds_a_judge_to_begin_with(data, tmp_path):
    with pytest.raises(StageMissing, match="--from"):
        build_stage("judge", data, tmp_path, 0, TINY, start=tmp_path)


def test_a_recipe_may_go_without_a_judge(tmp_path):
    text = "".join(f"[{stage}]\nbatch_size = 8\nlearning_rate = 1e-3\n" for stage in load("tiny") if stage != "judge")
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert recipe_of("clip", str(path)).batch_size == 8
    with pytest.raises(RecipeInvalid, match="no table judge"):
        recipe_of("judge", str(path))


def test_an_unknown_table_is_refused(tmp_path):
    tables = [*load("tiny"), "jugde"]
    path = tmp_path / "mine.toml"
    path.write_text("".join(f"[{stage}]\nbatch_size = 8\nlearning_rate = 1e-3\n" for stage in tables))
    with pytest.raises(RecipeInvalid, match="jugde"):
        load(str(path))
