"""Learns the starter's tokenizer: a byte-level BPE over captions and lexicon, so that no word is ever unknown."""

import random
from collections.abc import Iterator, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from .captions import STYLES, Record, caption
from .palette import BACKGROUNDS, sample_background

PAD, END = "[PAD]", "[END]"
PAD_ID, END_ID = 0, 1


def train_tokenizer(records: Sequence[Record], vocab_size: int, words: Sequence[str] = (), seed: int = 0) -> Tokenizer:
    """A tokenizer that ends each text with END and pads with PAD. `words` are common ones, the commonest first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(records, words, random.Random(seed)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, END_ID)])
    return tokenizer


def _texts(records: Sequence[Record], words: Sequence[str], rng: random.Random) -> Iterator[str]:
    for record in records:
        yield from (record.subject, *record.tags)
        for _ in range(2):
            yield caption(record, color=record.color, background=sample_background(rng).name, rng=rng)
    yield from STYLES.values()
    yield from BACKGROUNDS
    yield from words
