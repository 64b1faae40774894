"""Two real processes that train one model, as torchrun starts them."""

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from generation.unclip.training import team

SHARING = """
import torch
from generation.unclip.training.team import Team

team = Team(torch.device("cpu"))
model = torch.nn.Linear(2, 1)
torch.nn.init.constant_(model.weight, float(team.rank + 1))
team.align(model)
(model(torch.full((1, 2), float(team.rank))).sum()).backward()
team.average_gradients([model.bias])
team.average_gradients(model.parameters())
clock = team.agree(team.rank + 7.0)
torch.save(model.state_dict(), f"{OUT}/state{team.rank}")
model.load_state_dict(torch.load(f"{OUT}/state{team.rank}", map_location=team.device, weights_only=True))
open(f"{OUT}/{team.rank}", "w").write(f"{team.rank} {model.weight.tolist()} {model.weight.grad.tolist()} {clock}")
"""

STEPPING = """
import copy
import torch
from generation.unclip.training.optimizers import gather, optimizers
from generation.unclip.training.recipes import Recipe
from generation.unclip.training.team import Team

def step(model, ways):
    for number, each in enumerate(model.parameters()):
        each.grad = torch.randn(each.shape, generator=torch.Generator().manual_seed(number))
    for way in ways:
        way.step()

team, recipe = Team(torch.device("cpu")), Recipe(4, 0.1, muon=True)
torch.manual_seed(0)
shared = torch.nn.Sequential(*(torch.nn.Linear(6, 6) for _ in range(3)))
alone = copy.deepcopy(shared)
ways = optimizers(shared, recipe, team.size), optimizers(alone, recipe)
for _ in range(2):
    step(shared, ways[0])
    step(alone, ways[1])
gather(ways[0])
if team.leads:
    torch.save([way.state_dict() for way in ways[0]], "{OUT}/state")
team.agree(0)
ways = optimizers(shared, recipe, team.size), optimizers(alone, recipe)
for each in ways:
    for way, state in zip(each, torch.load("{OUT}/state", weights_only=True)):
        way.load_state_dict(state)
step(shared, ways[0])
step(alone, ways[1])
pairs = zip(shared.parameters(), alone.parameters())
open(f"{OUT}/{team.rank}", "w").write(str(max((a - b).abs().max().item() for a, b in pairs)))
"""


def run_as_team(script, folder):
    path = folder / "member.py"
    path.write_text(script.replace("{OUT}", str(folder)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(path)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, timeout=120, env=environment)
    return [(folder / str(rank)).read_text() for rank in range(2)]


@pytest.mark.parametrize("machines", ["one", "several"])
def test_processes_share_weights_gradients_and_the_clock_and_can_resume(machines, tmp_path):
    script = SHARING
    if machines == "several":
        script = 'import os\nos.environ["LOCAL_WORLD_SIZE"] = "1"\n' + script
    expected = "[[1.0, 1.0]] [[0.5, 0.5]] 7.0"
    assert run_as_team(script, tmp_path) == [f"0 {expected}", f"1 {expected}"]


def test_steps_that_processes_share_are_those_of_one_and_go_on_from_a_checkpoint(tmp_path):
    assert [float(each) for each in run_as_team(STEPPING, tmp_path)] == [0, 0]


@pytest.mark.parametrize(("free", "in_memory"), [(300, True), (150, False)])
def test_what_is_shared_lies_in_memory_where_there_is_room(free, in_memory, tmp_path, monkeypatch):
    monkeypatch.setattr(team, "MEMORY", tmp_path)
    monkeypatch.setattr(team.shutil, "disk_usage", lambda folder: namedtuple("Usage", "free")(free))
    path = team._shared_file(100)
    try:
        assert (Path(path).parent == tmp_path) == in_memory
    finally:
        os.unlink(path)
