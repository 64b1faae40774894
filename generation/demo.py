"""The first images a newcomer sees, drawn by this very installation."""

from gallery.models import Image
from generation.request import GenerationRequest

_PROMPTS = (
    ("a red apple on a blue background", "3d-icon"),
    ("a yellow sun on an orange background", "flat-icon"),
    ("a sailing boat", "watercolor"),
    ("a cat", "3d-icon"),
    ("a green tree on a yellow background", "clip-art"),
    ("a coffee cup", "sketch"),
    ("a rocket on a purple background", "3d-icon"),
    ("a butterfly", "watercolor"),
    ("a house on a green background", "flat-icon"),
    ("a slice of pizza on a white background", "3d-icon"),
    ("a rose on a pink background", "clip-art"),
    ("a bicycle", "flat-icon"),
)

#: Seeds are fixed, so that every installation with one checkpoint shows the same.
REQUESTS = tuple(
    GenerationRequest(prompt, style, count=1, seed=number, visibility=Image.Visibility.PUBLIC.value)
    for number, (prompt, style) in enumerate(_PROMPTS, start=1)
)
