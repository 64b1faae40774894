"""Two real processes that train one model, as torchrun starts them."""

import subprocess
import sys

SCRIPT = """
import torch
from generation.unclip.training.team import Team

team = Team(torch.device("cpu"))
model = torch.nn.Linear(2, 1)
torch.nn.init.constant_(model.weight, float(team.rank + 1))
team.align(model)
(model(torch.full((1, 2), float(team.rank))).sum()).backward()
team.average_gradients(model.parameters())
clock = team.agree(team.rank + 7.0)
torch.save(model.state_dict(), f"{OUT}/state{team.rank}")
model.load_state_dict(torch.load(f"{OUT}/state{team.rank}", map_location=team.device, weights_only=True))
open(f"{OUT}/{team.rank}", "w").write(f"{team.rank} {model.weight.tolist()} {model.weight.grad.tolist()} {clock}")
"""


def test_processes_share_weights_gradients_and_the_clock_and_can_resume(tmp_path):
    script = tmp_path / "member.py"
    script.write_text(SCRIPT.replace("{OUT}", str(tmp_path)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    subprocess.run(
        command, check=True, timeout=120, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "OMP_NUM_THREADS": "1"}
    )
    assert (tmp_path / "0").read_text() == "0 [[1.0, 1.0]] [[0.5, 0.5]] 7.0"
    assert (tmp_path / "1").read_text() == "1 [[1.0, 1.0]] [[0.5, 0.5]] 7.0"
