import pytest

from generation.unclip import TextToImage, Variations


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": " "},
        {"prompt": "x" * 1001},
        {"count": 0},
        {"count": 17},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 2**63 + 1},
        {"steps": 0},
        {"guidance_scale": float("nan")},
        {"width": 100},
        {"height": 0},
        {"height": 4096},
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must|empty|longer"):
        TextToImage(**{"prompt": "a red apple"} | wrong)


@pytest.mark.parametrize("embedding", [(), (0.0, 0.0), (1.0, 1.0), (float("nan"), 0.0)])
def test_an_embedding_has_length_one(embedding):
    with pytest.raises(ValueError, match="length 1"):
        Variations(embedding)
