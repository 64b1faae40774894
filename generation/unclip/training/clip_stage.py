"""Trains the text and image encoder from captions: symmetric contrastive loss (arXiv 2103.00020, figure 3).

Beside it the towers take the `Lessons`, and the text tower begins with the lexicon's meanings of its tokens. In a last
part of the run the image tower stays as it is, and the text tower reads many more words: they cost little, and most of
the lexicon is still to be learned when the pictures are.
"""

import random
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip

from .batches import STILL, Batch, Batches, background_names
from .guide import Guide, Unseen
from .lessons import Lessons, paraphrase
from .lexicon import Lexicon
from .loop import Stage
from .mix import broadly
from .recipes import Recipe
from .shards import ImageSet
from .tokenizer import END_ID, PAD_ID, train_tokenizer

#: Pictures are drawn at this size, as the decoder's are.
SIZE = 64
LARGEST_SCALE = 4.6052
TOKEN_SPREAD = 0.05
#: So long both towers learn from pictures, and then the text tower alone learns on.
PICTURES_SHARE = 0.6
#: Then it reads so many times as many unknown words alone as the lexicon's, and so many times as many in captions.
WORDS_ALONE, MORE_CAPTIONS = 6, 4


class Pupil(nn.Module):
    """The towers in training and the heads that their lessons need."""

    def __init__(self, towers: nn.Module, lessons: Lessons) -> None:
        super().__init__()
        self.towers, self.lessons = towers, lessons


class Lesson(NamedTuple):
    """A batch of captioned pictures and its number, by which the words are chosen that are read beside it."""

    number: int
    pictures: Batch


class ClipStage(Stage):
    name = "clip"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, start: Clip | None = None) -> None:
        self.recipe = recipe
        self.lexicon = Lexicon.load(images.path)
        self.clip = start or self._fresh(images)
        answers = {
            "concept": sorted({record.concept for record in images.records}),
            "style": sorted({record.style for record in images.records}),
            "background": background_names(images.records),
        }
        meaning_dim = self.lexicon.meanings.shape[1] if self.lexicon else 1
        self.clip.model.visual.to(memory_format=torch.channels_last)
        self.model = Pupil(self.clip.model, Lessons(self.clip.embedding_dim, answers, meaning_dim))
        texts = self.lexicon.texts if self.lexicon else []
        # Shuffled first: neighbors by length should have nothing else in common.
        shuffled = random.Random(seed).sample(range(len(texts)), len(texts))
        self._by_length = sorted(shuffled, key=lambda row: len(texts[row]))
        self._guide = Guide.of(self.lexicon, images.records, answers["concept"]) if self.lexicon else None
        self._seed, self._reads = seed, False
        self._batches = Batches(images, SIZE, recipe.batch_size, seed, STILL, weigh=broadly)
        self._check = Batches(images, SIZE, 256, seed + 1, STILL).draw(0)

    def _fresh(self, images: ImageSet) -> Clip:
        words = self.lexicon.texts if self.lexicon else ()
        tokenizer = train_tokenizer(images.records, self.recipe.vocabulary, words)
        clip = Clip(clip_config(self.recipe.model, tokenizer), tokenizer)
        if self.lexicon:
            give_meaning(clip, self.lexicon)
        return clip

    def batches(self, start: int) -> Iterator[Lesson]:
        batches = self._batches(start, self.model.towers.logit_scale.device)
        return (Lesson(*each) for each in enumerate(batches, start=start))

    def enter(self, share_done: float) -> None:
        self._reads = bool(self.lexicon) and share_done >= PICTURES_SHARE
        # Not even the running statistics of its batch norms may change.
        self.model.towers.visual.requires_grad_(not self._reads).train(not self._reads)

    def settled(self, share_done: float) -> float:
        if not self.lexicon:
            return share_done
        if share_done < PICTURES_SHARE:
            return share_done / PICTURES_SHARE
        return (share_done - PICTURES_SHARE) / (1 - PICTURES_SHARE)

    def _words(self, number: int) -> tuple[list[str], Tensor]:
        """Words of the lexicon with their meanings, none where there is no lexicon."""
        if not self.lexicon:
            return [], torch.empty(0)
        # Neighbors by length, so that little is padded.
        rng, size = random.Random(f"{self._seed}/words/{number}"), min(self.recipe.words, len(self._by_length))
        first = rng.randrange(len(self._by_length) - size + 1)
        rows = self._by_length[first : first + size]
        return [self.lexicon.texts[row] for row in rows], torch.from_numpy(self.lexicon.meanings[rows]).float()

    def _unseen(self, number: int) -> Iterator[Unseen]:
        """Captions without pictures, of words that are near to what pictures show, and later such words alone."""
        if not self._guide:
            return
        rng, words = random.Random(f"{self._seed}/unseen/{number}"), self.recipe.words
        yield self._guide.captions(rng, words // 2 * (MORE_CAPTIONS if self._reads else 1))
        if self._reads:
            yield self._guide.captions(rng, words * WORDS_ALONE, alone=True)

    def loss(self, batch: Lesson, generator: torch.Generator) -> Tensor:
        towers, lessons, pictures = self.model.towers, self.model.lessons, batch.pictures
        self.clip.to(towers.logit_scale.device)
        images = pictures.images.to(self.clip.device)
        with torch.no_grad() if self._reads else nullcontext():
            image = self.clip.encode_images(images)
        told = self.clip.embed_text(pictures.captions)
        logits = towers.logit_scale.clamp(max=LARGEST_SCALE).exp() * image @ told.T
        right = {
            "concept": [record.concept for record in pictures.records],
            "style": [record.style for record in pictures.records],
            "background": [background.name for background in pictures.backgrounds],
        }
        loss = contrastive_loss(logits, pictures.captions) + lessons.naming(image, right)
        if not self._reads:
            loss = loss + lessons.thumbnails(image, images, pictures.subjects.to(images))
        said = [n for n, each in enumerate(pictures.captions) if each]
        loss = loss + lessons.naming(told[said], {"concept": [right["concept"][n] for n in said]})
        words, meanings = self._words(batch.number)
        if words:
            loss = loss + lessons.meaning(self.clip.embed_text(words), meanings.to(image))
        for unseen in self._unseen(batch.number):
            read = self.clip.embed_text(unseen.captions)
            with torch.no_grad():
                plain = self.clip.embed_text(unseen.plain)
            loss = loss + lessons.guessing(read, unseen.likely.to(image)) + paraphrase(read, plain)
        return loss

    def summary(self, model: Pupil) -> str:
        """Share of 256 captions whose own picture is found first, and how well pictures tell their concept."""
        clip = self._clip_of(model)
        with torch.no_grad():
            image = clip.encode_images(self._check.images.to(clip.device))
            text = clip.encode_text(self._check.captions).embedding
            answer = (image @ F.normalize(model.lessons.names["concept"], dim=-1).T).argmax(1)
        said = torch.tensor([bool(each) for each in self._check.captions], device=clip.device)
        hits = (text @ image.T).argmax(1) == torch.arange(len(text), device=clip.device)
        concepts = list(model.lessons.numbers["concept"])
        named = np.mean([concepts[n] == r.concept for n, r in zip(answer.tolist(), self._check.records, strict=True)])
        found = f"finds the picture of {hits[said].float().mean():.0%} of captions among {len(text)}"
        return f"{found}, names the concept of {named:.0%} of pictures"

    def save(self, model: Pupil, folder: Path) -> None:
        self._clip_of(model).save_pretrained(folder)

    def _clip_of(self, model: Pupil) -> Clip:
        clip = Clip(self.clip.config, self.clip.tokenizer)
        clip.model = model.towers
        return clip


def clip_config(sizes: dict, tokenizer: Tokenizer) -> dict:
    """An open_clip configuration of these sizes, for a tokenizer of our own."""
    tokens = {"vocab_size": tokenizer.get_vocab_size(), "pad_id": PAD_ID, "eos_id": END_ID, "pool_type": "eos"}
    return sizes | {"text_cfg": sizes["text_cfg"] | tokens}


@torch.no_grad()
def give_meaning(clip: Clip, lexicon: Lexicon) -> None:
    """Begins each token that is a text of the lexicon with its meaning, along the directions of most variance."""
    table = clip.model.text.token_embedding.weight
    place = {text: row for row, text in enumerate(lexicon.texts)}
    known = [(n, place[word]) for n in range(len(table)) if (word := clip.tokenizer.decode([n]).strip()) in place]
    if not known:
        return
    numbers, rows = (list(each) for each in zip(*known, strict=True))
    meanings = torch.from_numpy(lexicon.meanings[rows]).float()
    meanings = meanings - meanings.mean(0)
    _, _, directions = torch.linalg.svd(meanings, full_matrices=False)
    kept = directions[: table.shape[1]]
    projected = meanings @ kept.T
    nn.init.normal_(table, std=TOKEN_SPREAD)
    table[numbers, : len(kept)] = projected * (TOKEN_SPREAD / projected.square().mean().sqrt().clamp(min=1e-6))


def contrastive_loss(logits: Tensor, captions: list[str]) -> Tensor:
    """Cross-entropy over (B, B) image x text logits both ways; pictures without a caption take no part.

    Equal captions are each other's answer too, so neither counts as wrong.
    """
    said = torch.tensor([bool(each) for each in captions], device=logits.device)
    logits = logits[said][:, said]
    kept = [each for each in captions if each]
    number = {each: n for n, each in enumerate(dict.fromkeys(kept))}
    groups = torch.tensor([number[each] for each in kept], device=logits.device)
    target = (groups[:, None] == groups[None]).float()
    target = target / target.sum(dim=1, keepdim=True)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
