"""The real stages and the real loop, on a handful of pictures and models a test can afford."""

import itertools
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from generation.unclip import TextToImage
from generation.unclip.engine import Engine
from generation.unclip.training import decoder_stage, prior_stage
from generation.unclip.training.__main__ import main
from generation.unclip.training.batches import VARIED, Batches
from generation.unclip.training.captions import Record
from generation.unclip.training.clip_stage import (
    MORE_CAPTIONS,
    PICTURES_SHARE,
    WORDS_ALONE,
    contrastive_loss,
    give_meaning,
)
from generation.unclip.training.critic import Head
from generation.unclip.training.decoder_stage import (
    FINISH_SHARE,
    PLAN_PARTS,
    PLAN_SHARE,
    SKETCH_PACE,
    SKETCH_PARTS,
    SKETCH_SHARE,
    DecoderStage,
)
from generation.unclip.training.lexicon import Lexicon
from generation.unclip.training.loop import Trainer
from generation.unclip.training.pack import pack
from generation.unclip.training.prior_stage import STATES_WITHHELD, TEXT_NOISE
from generation.unclip.training.recipes import STAGES, load
from generation.unclip.training.shards import ImageSet, Manifest, ShardWriter
from generation.unclip.training.stages import build_stage

TINY = load("tiny")
#: A tower with batch norms, as the starter has.
RESNET = TINY["clip"].model | {"vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 64}}
SHAPES = {"disc": "ellipse", "box": "rectangle"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eight pictures: two shapes in four colors."""
    folder = tmp_path_factory.mktemp("data")
    writer = ShardWriter(folder)
    for shape, color in itertools.product(SHAPES, ("red", "blue", "green", "yellow")):
        picture = Image.new("RGBA", (256, 256))
        getattr(ImageDraw.Draw(picture), SHAPES[shape])((48, 48, 208, 208), fill=color)
        path = folder / "one.webp"
        picture.save(path, lossless=True)
        writer.add(Record(shape, shape, "flat-icon", (), color, "test", "CC0-1.0", "train"), path.read_bytes())
    Manifest(size=256, count=8, sha256=writer.finish()).save(folder)
    meanings = np.random.default_rng(0).normal(size=(4, 24))
    words = ["red", "a red disc", "box", "round"]
    Lexicon(words, (meanings / np.linalg.norm(meanings, axis=1, keepdims=True)).astype(np.float16)).save(folder)
    return folder


def clip_trainer(data, run):
    return Trainer(build_stage("clip", data, run, 0, TINY["clip"]), run / "clip", torch.device("cpu"), print)


def test_training_killed_halfway_goes_on_from_its_last_checkpoint(data, tmp_path):
    command = [sys.executable, "-m", "generation.unclip.training", "train", "clip", "--minutes", "9", "--size", "tiny"]
    process = subprocess.Popen([*command, "--data", data, "--folder", tmp_path, "--device", "cpu"])
    state = tmp_path / "clip" / "state.pt"
    try:
        while not state.exists() and process.poll() is None:
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    saved = torch.load(state, weights_only=True)
    trainer = clip_trainer(data, tmp_path)
    assert trainer.step == saved["step"] > 0
    assert trainer.seconds == saved["seconds"] > 0
    trainer.run(minutes=(trainer.seconds + 1) / 60)
    assert trainer.step > saved["step"]


def test_a_stage_that_has_had_its_minutes_trains_no_more(data, tmp_path):
    trainer = clip_trainer(data, tmp_path)
    trainer.run(minutes=1 / 60)
    lines = []
    again = Trainer(trainer.stage, tmp_path / "clip", torch.device("cpu"), lines.append)
    again.run(minutes=1 / 60)
    assert again.step == trainer.step
    assert "ask for more" in lines[-1]


def test_a_stage_trains_until_it_has_seen_its_samples_whatever_was_seen_before(data, tmp_path):
    first = clip_trainer(data, tmp_path)
    first.run(samples=24)
    assert first.samples == 24
    again = clip_trainer(data, tmp_path)
    again.run(samples=60)
    assert again.samples == 64  # the first whole batch from there on
    assert [point.samples for point in again.curve.points] == [24, 64]


@pytest.mark.parametrize("length", ["--minutes", "--samples"])
def test_a_stage_is_trained_for_more_than_nothing(length, data, tmp_path, capsys):
    assert main(["train", "clip", length, "0", "--data", str(data), "--folder", str(tmp_path)]) == 1
    assert "more than 0" in capsys.readouterr().err


def test_all_stages_train_pack_and_draw(data, tmp_path):
    run, lines = tmp_path / "run", []
    for name in STAGES:
        stage = build_stage(name, data, run, 0, TINY[name])
        Trainer(stage, run / name, torch.device("cpu"), lines.append).run(minutes=2 / 60)
    pack(run, tmp_path / "packed", "house")
    (sample,) = Engine.load(tmp_path / "packed", device="cpu").generate(TextToImage("a red disc"))
    assert sample.image.size == (256, 256)
    assert any("finds the picture" in line for line in lines)
    assert (run / "decoder" / "sheets").is_dir()


def test_training_goes_on_from_the_last_checkpoint(data, tmp_path):
    trainer = clip_trainer(data, tmp_path)
    trainer.run(minutes=1 / 60)
    again = clip_trainer(data, tmp_path)
    assert again.step == trainer.step > 0
    assert all(torch.equal(*pair) for pair in zip(again.model.parameters(), trainer.model.parameters(), strict=True))


def test_a_new_run_can_begin_with_the_weights_of_a_checkpoint(data, tmp_path, tiny_checkpoint):
    for name in STAGES:
        stage = build_stage(name, data, tmp_path, 0, TINY[name], start=tiny_checkpoint)
        stage.save(stage.model, tmp_path / name)
        assert all(
            torch.allclose(saved, (load_file(tiny_checkpoint / name / file))[key])
            for file in ("model.safetensors", "diffusion_pytorch_model.safetensors")
            if (tiny_checkpoint / name / file).exists()
            for key, saved in load_file(tmp_path / name / file).items()
            if key not in {"clip_mean", "clip_std"}
        )


def test_a_killed_save_leaves_the_checkpoint_before_it(data, tmp_path, monkeypatch):
    trainer = clip_trainer(data, tmp_path)
    trainer.run(minutes=1 / 60)
    monkeypatch.setattr(torch, "save", lambda state, path: path.write_bytes(b"half a fi") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trainer.save()
    monkeypatch.undo()
    assert torch.load(tmp_path / "clip" / "state.pt", weights_only=True)["step"] == trainer.step


def test_a_prior_that_goes_on_standardizes_what_its_towers_say_now(data, tmp_path, tiny_checkpoint):
    stage = build_stage("prior", data, tmp_path, 0, TINY["prior"], start=tiny_checkpoint)
    rows = torch.cat([batch.image for batch in itertools.islice(stage.batches(0), 8)])
    assert rows.mean(0).abs().max() < 1
    assert not stage.model.clip_std.requires_grad


def test_a_prior_learns_the_same_whatever_parts_a_batch_is_read_in(data, tmp_path, tiny_checkpoint, monkeypatch):
    stage = build_stage("prior", data, tmp_path, 0, TINY["prior"], start=tiny_checkpoint)
    batch, slopes = next(stage.batches(0)), []
    for parts in (1, 3):
        monkeypatch.setattr(prior_stage, "LENGTHS", parts)
        stage.model.zero_grad()
        stage.loss(batch, torch.Generator().manual_seed(0)).backward()
        slopes.append([weights.grad for weights in stage.model.parameters() if weights.requires_grad])
    assert all(torch.allclose(*pair, atol=1e-5) for pair in zip(*slopes, strict=True))
    assert any(slope.abs().max() > 1e-3 for slope in slopes[0])


def test_where_words_are_withheld_their_embedding_is_off_too(data, tmp_path, tiny_checkpoint, monkeypatch):
    monkeypatch.setattr(prior_stage, "by_length", lambda text: [torch.arange(len(text.mask))])
    stage = build_stage("prior", data, tmp_path, 0, TINY["prior"], start=tiny_checkpoint)
    batch, given = next(stage.batches(0)), []
    stage.model.register_forward_pre_hook(lambda model, inputs: given.append(inputs))
    for seed in range(20):
        stage.loss(batch, torch.Generator().manual_seed(seed))
    true = batch.text.embedding.repeat(20, 1)
    told, words = torch.cat([each[2] for each in given]), torch.cat([each[4].any(dim=1) for each in given])
    assert torch.allclose(told.norm(dim=1), torch.ones(len(told)))
    # Embeddings come in half precision.
    assert torch.allclose(told[words], true[words], atol=1e-2)
    cosine = (told * true).sum(dim=1)[~words]
    assert 1 / (1 + 2 * TEXT_NOISE) ** 0.5 < cosine.min() < cosine.mean() < 0.97
    assert (~words).float().mean().item() == pytest.approx(STATES_WITHHELD, abs=0.12)


def test_the_decoder_learns(data, tmp_path):
    build = build_stage("clip", data, tmp_path, 0, TINY["clip"])
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], build.clip)
    batch = next(stage.batches(0))
    trainer = Trainer(stage, tmp_path / "decoder", torch.device("cpu"), print)
    before = stage.loss(batch, torch.Generator().manual_seed(0)).item()
    for _ in range(30):
        trainer._train_step(batch, 5e-3)
    assert stage.loss(batch, torch.Generator().manual_seed(0)).item() < 0.7 * before


def test_the_decoder_first_learns_a_plan_and_then_to_sketch(data, tmp_path):
    build = build_stage("clip", data, tmp_path, 0, TINY["clip"])
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], build.clip)
    batch = next(stage.batches(0))
    trainer = Trainer(stage, tmp_path / "decoder", torch.device("cpu"), print)
    decoder = stage.model.decoder
    first = {name: each.clone() for name, each in decoder.named_parameters()}

    def errors():
        sketch = decoder.planned(batch.image_embedding, batch.text_embedding)
        off = sketch.premultiplied() - batch.subjects, sketch.flattened() - batch.images
        return torch.stack([each.square().mean() for each in off])

    def train(begin, end, steps):
        for step in range(steps):
            stage.enter(begin + step / steps * (end - begin))
            trainer._train_step(batch, 1e-2)
        return errors()

    before = errors()
    planned = train(0, PLAN_SHARE, 80)
    assert (planned < 0.7 * before).all()
    assert parts_that_differ(decoder, first) == set(PLAN_PARTS)
    assert (train(PLAN_SHARE, SKETCH_SHARE, 80) < 0.9 * planned).all()
    assert (errors() < 0.5 * before).all()
    assert parts_that_differ(decoder, first) == set(SKETCH_PARTS)
    trained = {name: each.clone() for name, each in decoder.named_parameters()}
    stage.enter(SKETCH_SHARE)
    trainer._train_step(batch, 3e-3)
    assert parts_that_differ(decoder, trained).isdisjoint(SKETCH_PARTS)
    assert "patch_out" in parts_that_differ(decoder, trained)


def test_the_critic_takes_part_only_in_the_end_and_leaves_the_sketch_as_it_is(data, tmp_path):
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], build_stage("clip", data, tmp_path, 0, TINY["clip"]).clip)
    batch = next(stage.batches(0))
    trainer = Trainer(stage, tmp_path / "decoder", torch.device("cpu"), print)
    first = {name: each.clone() for name, each in stage.model.named_parameters()}
    for share, learned in ((0.0, set()), (SKETCH_SHARE, {"manner"}), (1 - FINISH_SHARE - 1e-9, {"manner"})):
        stage.enter(share)
        trainer._train_step(batch, 1e-3)
        assert parts_that_differ(stage.model.critic, first, "critic.") == learned
    before = {name: each.clone() for name, each in stage.model.named_parameters()}
    stage.enter(1 - FINISH_SHARE)
    trainer._train_step(batch, 1e-3)
    assert parts_that_differ(stage.model.critic, before, "critic.") == {"heads"}
    rates = {group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups}
    assert rates == {1e-3, Head.pace * 1e-3, SKETCH_PACE * 1e-3}
    differ = parts_that_differ(stage.model.decoder, before, "decoder.")
    assert {"patch_out", "refine", "middle"} <= differ
    assert differ.isdisjoint(SKETCH_PARTS)


def test_in_the_end_half_of_the_rows_are_drawn_from_their_sketch(data, tmp_path, monkeypatch):
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], build_stage("clip", data, tmp_path, 0, TINY["clip"]).clip)
    batch = next(stage.batches(0))
    stage.enter(1.0)
    begun, levels = [], []

    def watch(images, level, generator):
        begun.extend(images)
        levels.extend(level.tolist())
        return images

    monkeypatch.setattr(decoder_stage, "noised", watch)
    for seed in range(50):
        stage.loss(batch, torch.Generator().manual_seed(seed))
    own = [not any(torch.equal(each, real) for real in batch.images) for each in begun]
    assert len(own) == 50 * round(decoder_stage.ADDING_ROWS * len(batch.images))
    assert sum(own) / len(own) == pytest.approx(decoder_stage.FROM_SKETCH_SHARE, abs=0.1)
    assert all(
        (level == pytest.approx(decoder_stage.SECOND_LEVEL)) == own for level, own in zip(levels, own, strict=True)
    )


def test_some_embeddings_with_a_text_are_led_astray(data, tmp_path, monkeypatch):
    clip = build_stage("clip", data, tmp_path, 0, TINY["clip"]).clip
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], clip)
    stage.enter(0)
    batch = next(stage.batches(0))
    seen = []
    decoder = stage.model.decoder
    planned = decoder.planned
    monkeypatch.setattr(decoder_stage, "EMBEDDING_NOISE", 0.0)
    monkeypatch.setattr(decoder_stage, "IMAGE_WITHHELD", 0.0)
    monkeypatch.setattr(decoder, "planned", lambda *given, **how: seen.append(given) or planned(*given, **how))
    for seed in range(40):
        stage.loss(batch, torch.Generator().manual_seed(seed))
    off, told = [], []
    for image, text in seen:
        off += (torch.cosine_similarity(image, batch.image_embedding) < 1 - 1e-4).tolist()
        told += (text != decoder.null_text).any(-1).tolist()
    assert not any(o for o, t in zip(off, told, strict=True) if not t)
    share = sum(off) / sum(told)
    # One picture of eight is its own other, on average.
    assert share == pytest.approx(decoder_stage.ASTRAY_SHARE * 7 / 8, abs=0.1)


def parts_that_differ(model, weights, prefix=""):
    named = model.named_parameters()
    return {name.partition(".")[0] for name, each in named if not each.equal(weights[prefix + name])}


def test_the_rate_falls_at_the_end_of_each_part_that_is_not_gone_on_with(data, tmp_path):
    build = build_stage("clip", data, tmp_path, 0, TINY["clip"])
    stage = DecoderStage(ImageSet(data), 0, TINY["decoder"], build.clip)
    half_sketched = (PLAN_SHARE + SKETCH_SHARE) / 2
    shares = [0, PLAN_SHARE - 1e-9, half_sketched, SKETCH_SHARE - 1e-9, SKETCH_SHARE, 1 - FINISH_SHARE - 1e-9]
    assert [stage.settled(each) for each in shares] == pytest.approx([0, 0, 0.5, 1, 0, 1])
    trainer = Trainer(stage, tmp_path / "decoder", torch.device("cpu"), print)
    trainer.step = 1000
    finish = [trainer._rate(stage.settled(each)) for each in (1 - FINISH_SHARE, 1 - FINISH_SHARE / 2, 1)]
    full = TINY["decoder"].learning_rate
    assert finish == pytest.approx([full, full / 2, 0.01 * full])


def test_in_the_end_only_the_text_tower_learns_on(data, tmp_path):
    stage = build_stage("clip", data, tmp_path, 0, replace(TINY["clip"], model=RESNET))
    trainer = Trainer(stage, tmp_path / "clip", torch.device("cpu"), print)
    batch = next(stage.batches(0))
    towers = stage.model.towers
    stage.enter(0)
    assert stage.settled(PICTURES_SHARE / 2) == pytest.approx(0.5)
    before = state(towers.visual)
    trainer._train_step(batch, 1e-3)
    assert any(not each.equal(before[name]) for name, each in state(towers.visual).items())
    stage.enter(PICTURES_SHARE)
    assert stage.settled(PICTURES_SHARE) == 0
    before, text = state(towers.visual), state(towers.text)
    trainer._train_step(batch, 1e-3)
    assert all(each.equal(before[name]) for name, each in state(towers.visual).items())
    assert any(not each.equal(text[name]) for name, each in state(towers.text).items())


def test_in_the_end_it_reads_more_words_alone_and_in_captions(data, tmp_path, monkeypatch):
    stage = build_stage("clip", data, tmp_path, 0, TINY["clip"])
    batch = next(stage.batches(0))
    read = []
    embed = stage.clip.embed_text
    monkeypatch.setattr(stage.clip, "embed_text", lambda texts: read.append(list(texts)) or embed(texts))
    stage.enter(0)
    stage.loss(batch, torch.Generator())
    first, read[:] = list(read), []
    stage.enter(PICTURES_SHARE)
    stage.loss(batch, torch.Generator())
    assert [len(each) for each in first[1:]] == [4, 2, 2]
    assert [len(each) for each in read[1:]] == [4, 2 * MORE_CAPTIONS, 2 * MORE_CAPTIONS, *[4 * WORDS_ALONE] * 2]
    assert {word.removesuffix("s") for word in read[-2]} & set(stage._guide.words)


def state(module):
    return {name: each.clone() for name, each in module.state_dict().items()}


def test_batches_are_decided_by_seed_and_number(data):
    first, second = (Batches(ImageSet(data), 64, 8, seed=3).draw(5) for _ in range(2))
    assert torch.equal(first.images, second.images)
    assert first.captions == second.captions


def test_pictures_lie_on_the_background_that_the_caption_may_name(data):
    batch = Batches(ImageSet(data), 64, 8, seed=0).draw(1)
    corners = ((batch.images[:, :, 0, 0] + 1) * 127.5).round().numpy()
    assert np.allclose(corners, [each.top for each in batch.backgrounds], atol=1)


def test_the_thread_that_composes_batches_ends_with_their_reader(data):
    threads = threading.active_count()
    batches = Batches(ImageSet(data), 64, 8, seed=0)(0)
    next(batches)
    assert threading.active_count() == threads + 1
    batches.close()
    assert threading.active_count() == threads


def test_a_device_that_holds_the_set_paints_what_processes_choose(data, monkeypatch):
    batches, other = (Batches(ImageSet(data), 64, 8, 0, replace(VARIED, recolored=0.5)) for _ in range(2))
    monkeypatch.setattr(Batches, "_fits", lambda self, device: True)
    painted = list(itertools.islice(batches(3, torch.device("cpu")), 3))
    expected = [other.draw(number) for number in (3, 4, 5)]
    assert any(other[number].recolored for number in (3, 4, 5))
    for one, two in zip(painted, expected, strict=True):
        assert torch.equal(one.images, two.images)
        assert torch.equal(one.subjects, two.subjects)
        assert one.captions == two.captions


def test_directions_are_never_mirrored(tmp_path):
    writer = ShardWriter(tmp_path)
    picture = Image.new("RGBA", (256, 256))
    picture.paste("red", (0, 64, 64, 192))
    picture.save(tmp_path / "one.webp", lossless=True)
    record = Record("arrow left", "arrow left", "flat-icon", (), "red", "test", "CC0-1.0", "train")
    writer.add(record, (tmp_path / "one.webp").read_bytes())
    Manifest(size=256, count=1, sha256=writer.finish()).save(tmp_path)
    batch = Batches(ImageSet(tmp_path), 64, 16, seed=0).draw(0)
    subject = (batch.images - batch.images[:, :, :1, -1:]).abs().sum(1)
    assert (subject[:, :, :32].sum((1, 2)) > subject[:, :, 32:].sum((1, 2))).all()


def test_equal_captions_are_each_others_answer():
    logits = torch.tensor([[9.0, 9.0, 0.0], [9.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    same = contrastive_loss(logits, ["a cat", "a cat", "a dog"])
    other = contrastive_loss(logits, ["a cat", "a cow", "a dog"])
    assert same < other + 1e-6
    assert torch.isfinite(same)


def test_the_lexicon_sets_what_tokens_begin_with(data):
    clip, lexicon = build_stage("clip", data, data, 0, replace(TINY["clip"], vocabulary=8192)).clip, Lexicon.load(data)
    red = clip.tokenizer.encode("red").ids[0]
    before = clip.model.text.token_embedding.weight[red].clone()
    give_meaning(clip, lexicon._replace(meanings=-lexicon.meanings))
    after = clip.model.text.token_embedding.weight[red]
    # Two known tokens lie along one direction, whose sign is arbitrary: they keep their length, the rest is new.
    assert torch.allclose(before[:1].abs(), after[:1].abs())
    assert not torch.allclose(before[2:], after[2:])


def test_the_towers_learn_without_a_lexicon(data, tmp_path, monkeypatch):
    monkeypatch.setattr(Lexicon, "load", classmethod(lambda cls, folder: None))
    stage = build_stage("clip", data, tmp_path, 0, TINY["clip"])
    assert torch.isfinite(stage.loss(next(stage.batches(0)), torch.Generator()))


@torch.no_grad()
@pytest.mark.parametrize("texts", [["a red"], ["a", "a red cat on a mat"], [""]])
def test_embeddings_of_texts_do_not_depend_on_padding(texts, tiny_engine):
    clip = tiny_engine.encoder
    assert torch.allclose(clip.embed_text(texts), clip.encode_text(texts).embedding, atol=1e-5)


def test_an_empty_caption_takes_no_part():
    logits = torch.randn(3, 3)
    assert torch.equal(contrastive_loss(logits, ["a", "b", ""]), contrastive_loss(logits[:2, :2], ["a", "b"]))


def test_a_stage_out_of_order_says_which_comes_first(data, tmp_path, capsys):
    code = main(["train", "prior", "--minutes", "1", "--data", str(data), "--folder", str(tmp_path)])
    assert code == 1
    assert "Train the clip first" in capsys.readouterr().err


def test_training_without_data_says_how_to_get_it(tmp_path, capsys):
    assert main(["train", "clip", "--minutes", "1", "--data", str(tmp_path / "none")]) == 1
    assert "prepare" in capsys.readouterr().err


def test_redrawn_pictures_are_used_again_and_the_same_in_each_run(data, tmp_path, tiny_checkpoint):
    stage = build_stage("upsampler", data, tmp_path, 0, replace(TINY["upsampler"], uses=2), tiny_checkpoint)
    steps = list(itertools.islice(stage.batches(0), 4))
    assert torch.equal(next(stage.batches(2)).low, steps[2].low)
    seen = [{picture.numpy().tobytes() for picture in step.low} for step in steps]
    assert len(set.union(*seen)) <= 3 * TINY["upsampler"].batch_size < sum(len(each) for each in seen)
    assert seen[0] != seen[1]


@pytest.mark.parametrize("name", ["decoder", "upsampler"])
def test_a_run_goes_on_amid_the_uses_of_a_batch(name, data, tmp_path, tiny_checkpoint, monkeypatch):
    stage = build_stage(name, data, tmp_path, 0, replace(TINY[name], uses=3), tiny_checkpoint)
    steps, shown = list(itertools.islice(stage.batches(0), 7)), []

    def stop_after_three(batch, generator):
        shown.append(batch)
        if len(shown) == 3:
            raise KeyboardInterrupt
        return next(stage.model.parameters()).sum()

    monkeypatch.setattr(stage, "loss", stop_after_three)
    trainer = Trainer(stage, tmp_path / name, torch.device("cpu"), print)
    trainer.step = 4
    with pytest.raises(KeyboardInterrupt):
        trainer.run(samples=1000)
    assert all(torch.equal(one[0], other[0]) for one, other in zip(shown, steps[4:], strict=True))


def test_the_command_begins_with_a_checkpoint(data, tmp_path, tiny_checkpoint):
    options = ["--size", "tiny", "--data", str(data), "--folder", str(tmp_path), "--from", str(tiny_checkpoint)]
    assert main(["train", "upsampler", "--samples", "8", *options]) == 0
    assert (tmp_path / "upsampler" / "component" / "config.json").exists()
