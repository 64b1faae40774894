"""Twelve names for all colors, so that a picture can be found by the color that most of it has."""

import colorsys

NAMES = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "black", "gray", "white")

#: Where on the circle of hues, in degrees, each name ends.
_HUES = ((14, "red"), (42, "orange"), (68, "yellow"), (160, "green"), (190, "teal"), (255, "blue"), (292, "purple"))
_DARK = 0.16
_GRAY = 0.13


def name_of(color: str) -> str:
    """The name of a color given as `#rrggbb`; "" for anything else."""
    try:
        red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    except ValueError:
        return ""
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if value < _DARK:
        return "black"
    if saturation < _GRAY:
        return "white" if value > 0.88 else "gray" if value > 0.28 else "black"
    return _hue_name(hue * 360, saturation, value)


def _hue_name(hue: float, saturation: float, value: float) -> str:
    name = next((name for end, name in _HUES if hue < end), "red" if hue >= 345 else "pink")
    if name == "red" and saturation < 0.6 and value > 0.75:
        return "pink"
    if name in {"red", "orange", "yellow"} and value < 0.62 and (name != "red" or saturation < 0.55):
        return "brown"
    return name
