import torch

from generation.unclip.fixedpoint import solve


def test_a_fixed_point_is_found_where_plain_iteration_drifts_away():
    found = solve(lambda x: 1 - 2 * x, torch.zeros(3, 4), rounds=10, tolerance=1e-5)
    assert torch.allclose(found, torch.full((3, 4), 1 / 3), atol=1e-4)


def test_several_directions_at_once():
    matrix = torch.tensor([[0.0, -1.5, 0.0], [1.5, 0.0, 0.3], [0.0, 0.2, -2.0]])
    target = torch.linalg.solve(torch.eye(3) - matrix, torch.ones(3))
    assert torch.allclose(solve(lambda x: matrix @ x + 1, torch.zeros(3), 20, 1e-5), target, atol=1e-3)


def test_nothing_is_asked_twice_once_it_is_settled():
    calls = []
    solve(lambda x: calls.append(x) or torch.ones(2), torch.ones(2), rounds=10, tolerance=1e-3)
    assert len(calls) == 1
