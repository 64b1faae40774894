"""Downloads, from a hub of the test's own on this machine."""

import errno
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from generation.unclip import hub
from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.errors import Cancelled, CheckpointInvalid, CheckpointNotFound, DiskFull, DownloadFailed
from generation.unclip.loading import get_checkpoint

COMMIT = "c" * 40
NAME = "someone/tiny"


class Hub(BaseHTTPRequestHandler):
    """Serves one repository the way the hub does: what it holds, and its files from any byte on."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        if self.path.startswith(f"/api/models/{NAME}"):
            self._answer(json.dumps(self.server.told()).encode())
        elif self.path.startswith(f"/{NAME}/resolve/{COMMIT}/"):
            name = self.path.removeprefix(f"/{NAME}/resolve/{COMMIT}/")
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self._answer(self.server.files[name][start:], 206)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), Hub)
        names = [path for path in folder.rglob("*") if path.is_file()]
        self.files = {str(path.relative_to(folder)): path.read_bytes() for path in names}
        self.asked, self.lies = [], {}

    def told(self):
        siblings = [
            {"rfilename": name, "size": len(body), "blobId": "b", "lfs": self._lfs(name, body)}
            for name, body in self.files.items()
        ]
        return {"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": siblings}

    def _lfs(self, name, body):
        sha256 = self.lies.get(name, hashlib.sha256(body).hexdigest())
        return {"size": len(body), "sha256": sha256, "pointerSize": 1} if name.endswith(".safetensors") else None


@pytest.fixture
def server(tiny_checkpoint, tmp_path, monkeypatch):
    server = Server(tiny_checkpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "home"))
    yield server
    server.shutdown()
    server.server_close()


def ignore(done, whole):
    pass


def test_a_checkpoint_is_downloaded_by_its_name_once(server, tiny_checkpoint):
    found = get_checkpoint(NAME)
    assert (found.name, found.family) == (NAME, "starter")
    assert (found.folder / "model_index.json").read_bytes() == (tiny_checkpoint / "model_index.json").read_bytes()
    asked = len(server.asked)
    assert get_checkpoint(NAME) == found
    assert len(server.asked) == asked


def test_the_commit_is_noted_and_every_file_is_of_it(server):
    folder = hub.download(NAME, ignore)
    assert json.loads((folder / "download.json").read_text()) == {"repository": NAME, "commit": COMMIT}
    assert all(COMMIT in path for path, _ in server.asked if "/resolve/" in path)


def test_looking_for_a_checkpoint_downloads_nothing(server):
    with pytest.raises(CheckpointNotFound, match=r"python -m generation.unclip download someone/tiny"):
        find_checkpoint(NAME)
    assert server.asked == []


def test_progress_grows_to_the_whole(server):
    seen = []
    hub.download(NAME, lambda done, whole: seen.append((done, whole)))
    done = [each for each, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1] == sum(map(len, server.files.values()))


def test_an_interrupted_download_goes_on_where_it_stopped(server, monkeypatch):
    monkeypatch.setattr(hub, "CHUNK", 1000)
    large = "decoder/diffusion_pytorch_model.safetensors"

    def interrupt(done, whole):
        if any(large in path for path, _ in server.asked):
            raise Cancelled

    with pytest.raises(Cancelled):
        hub.download(NAME, interrupt)
    hub.download(NAME, ignore)
    ranges = [seen for path, seen in server.asked if path.endswith(large)]
    assert ranges == ["bytes=0-", "bytes=1000-"]
    assert (find_checkpoint(NAME).folder / large).read_bytes() == server.files[large]


def test_a_file_with_another_checksum_is_thrown_away_and_named(server):
    server.lies["prior/diffusion_pytorch_model.safetensors"] = "0" * 64
    with pytest.raises(DownloadFailed, match=r"prior/diffusion_pytorch_model\.safetensors .* arrived damaged"):
        hub.download(NAME, ignore)
    with pytest.raises(CheckpointNotFound):
        find_checkpoint(NAME)


def test_a_name_that_the_hub_does_not_know(server):
    with pytest.raises(CheckpointNotFound, match="no model checkpoint nobody/nothing on the hub"):
        get_checkpoint("nobody/nothing")


def test_a_repository_of_another_kind_is_refused_before_its_weights_are_fetched(server):
    server.files["model_index.json"] = b'{"_class_name": "StableDiffusionPipeline"}'
    with pytest.raises(CheckpointInvalid, match="StableDiffusionPipeline"):
        hub.download(NAME, ignore)
    assert not any("safetensors" in path for path, _ in server.asked)


def test_a_pickle_is_not_fetched(server):
    server.files["decoder/pytorch_model.bin"] = server.files.pop("decoder/diffusion_pytorch_model.safetensors")
    with pytest.raises(DownloadFailed, match=r"decoder as a pickle.*generation\.unclip convert"):
        hub.download(NAME, ignore)
    assert not any(path.endswith(".bin") for path, _ in server.asked)


def test_too_little_room_is_told_before_downloading(server, monkeypatch):
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10})())
    with pytest.raises(DiskFull, match="GB are free"):
        hub.download(NAME, ignore)
    assert not any("safetensors" in path for path, _ in server.asked)


def test_a_disk_that_fills_up_is_told_in_a_sentence(server):
    def full(done, whole):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull, match="disk is full"):
        hub.download(NAME, full)


def test_a_hub_that_is_away_is_told_in_a_sentence(server, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match="did not give someone/tiny"):
        hub.download(NAME, ignore)
