"""The eye for manner has to tell how a thing is drawn, whatever it is."""

import torch

from generation.unclip.manner import Manner, misnamed

SIZE = 64


def surfaces(count, seed):
    """Pictures of discs and squares at any place, in any color: plain, striped or dotted by turns, and which."""
    chance = torch.Generator().manual_seed(seed)
    rows, columns = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    plain = torch.ones(SIZE, SIZE)
    stripes = (columns % 6 < 3).float()
    dots = ((rows % 6 < 3) & (columns % 6 < 3)).float()
    looks, pictures = torch.arange(count) % 3, []
    for look in looks.tolist():
        half, down, across = (int(torch.randint(low, high, (), generator=chance)) for low, high in ((8, 28),) * 3)
        off_rows, off_columns = (rows - SIZE // 2 - down + 18).abs(), (columns - SIZE // 2 - across + 18).abs()
        disc, square = off_rows**2 + off_columns**2 <= half**2, torch.maximum(off_rows, off_columns) <= half
        shape = disc if torch.rand((), generator=chance) < 0.5 else square
        ink, ground = (torch.rand(3, 1, 1, generator=chance) * 2 - 1 for _ in range(2))
        pictures.append(torch.lerp(ground.expand(3, SIZE, SIZE), ink, shape * (plain, stripes, dots)[look]))
    return torch.stack(pictures), looks


def test_it_learns_to_name_how_things_are_drawn():
    torch.manual_seed(0)
    eye = Manner(3)
    optimizer = torch.optim.AdamW(eye.parameters(), 3e-3)
    for step in range(40):
        images, looks = surfaces(24, step)
        optimizer.zero_grad()
        misnamed(eye(images).scores, looks).backward()
        optimizer.step()
    images, looks = surfaces(96, 1000)
    with torch.no_grad():
        named = eye.eval()(images).scores.argmax(dim=1)
    assert (named == looks).float().mean() > 0.8


def test_a_place_sees_but_a_part_of_a_picture():
    torch.manual_seed(0)
    images = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0)).requires_grad_()
    widths = []
    for seen in Manner(3).eval()(images).maps:
        (slope,) = torch.autograd.grad(
            seen[0, :, seen.shape[2] // 2, seen.shape[3] // 2].sum(), images, retain_graph=True
        )
        touched = slope[0].abs().sum(dim=(0, 1)).nonzero().flatten()
        widths.append(int(touched[-1] - touched[0]) + 1)
    assert widths[0] <= 31
    assert widths[1] <= 55
