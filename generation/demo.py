"""The first images a newcomer sees, drawn by this very installation."""

from gallery.models import Image
from generation.request import GenerationRequest

_PROMPTS = (
    ("a red apple on a blue background", "3d-icon"),
    ("a penguin on a teal background", "3d-icon"),
    ("a rocket on a purple background", "flat-icon"),
    ("a strawberry on a yellow background", "3d-icon"),
    ("a cat face on a pink background", "flat-icon"),
    ("a sunflower on a blue background", "clip-art"),
    ("a house on a green background", "flat-icon"),
    ("a doughnut on a pink background", "3d-icon"),
    ("a smiling face with sunglasses", "3d-icon"),
    ("a soccer ball on a green background", "clip-art"),
    ("a Christmas tree on a red background", "3d-icon"),
    ("a camera", "sketch"),
)

#: Seeds are fixed, so that every installation with one checkpoint shows the same.
REQUESTS = tuple(
    GenerationRequest(prompt, style, count=1, seed=number, visibility=Image.Visibility.PUBLIC.value)
    for number, (prompt, style) in enumerate(_PROMPTS, start=1)
)
