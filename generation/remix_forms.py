"""What the remix page asks, a form for each operation; `to_request()` is what it says, once it is valid."""

import base64
import io
from typing import Any

from django import forms
from PIL import Image as Pictures

from gallery.models import Image
from generation.remixes import (
    MAX_BORDER,
    BlendRequest,
    DiffRequest,
    EditRequest,
    LoosenRequest,
    OutpaintRequest,
    RemixRequest,
    UpsampleRequest,
)
from generation.request import MAX_COUNT, MAX_PROMPT

WHOLE_NUMBER = "Enter a whole number."
BLEND_CHOICES = 12
DATA_URI = "data:image/png;base64,"


def _words(label: str, **options: Any) -> forms.CharField:
    attributes = {"class": "input", "maxlength": MAX_PROMPT, "autocomplete": "off"}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attributes), **options)


def _share(label: str, initial: float, most: float = 1, least: float = 0, **options: Any) -> forms.FloatField:
    attributes = {"type": "range", "min": least, "max": most, "step": 0.05}
    return forms.FloatField(label=label, initial=initial, widget=forms.NumberInput(attrs=attributes), **options)


def _pixels(label: str) -> forms.IntegerField:
    attributes = {"class": "input", "min": 0, "max": MAX_BORDER, "step": 16}
    return forms.IntegerField(label=label, initial=0, required=False, widget=forms.NumberInput(attrs=attributes))


class RemixForm(forms.Form):
    """What all of them share. `title` and `help` are read on the page."""

    name = title = help = button = ""
    request_class: type[RemixRequest] = RemixRequest

    def __init__(self, parent: Image, *arguments: Any, **options: Any) -> None:
        self.parent = parent
        super().__init__(*arguments, auto_id=f"id_{self.name}_%s", **options)

    def clean(self) -> dict[str, Any]:
        """Have the request judge the values, so that forms and other callers share one set of rules."""
        if not self.errors:
            values = {name: value for name, value in self.cleaned_data.items() if value is not None}
            self._request = self.request_class(self.parent, **self.values(values))
        return self.cleaned_data

    def values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The request's own values, from the form's."""
        return cleaned

    def to_request(self) -> RemixRequest:
        return self._request


class CountMixin(forms.Form):
    count = forms.IntegerField(
        label="Images",
        initial=4,
        widget=forms.NumberInput(attrs={"class": "input", "min": 1, "max": MAX_COUNT}),
        error_messages={"required": f"Choose between 1 and {MAX_COUNT} images.", "invalid": WHOLE_NUMBER},
    )


class DiffForm(CountMixin, RemixForm):
    name, title, button = "change", "Change by words", "Change"
    help = "Say what it shows and what it should become; the images go there step by step, the layout stays."
    request_class = DiffRequest

    base = _words("It shows", required=False, help_text="Such as “a red apple”; left empty, “a photo”.")
    words = _words("It should become", error_messages={"required": "Say what it should become."})
    theta = _share("How far", 0.4, 0.5, 0.05)
    field_order = ("base", "words", "theta", "count")


class EditForm(CountMixin, RemixForm):
    name, title, button = "edit", "Draw a part anew", "Draw it"
    help = "Paint over the part on the picture, or give it as a rectangle, in percent of the picture."
    request_class = EditRequest

    words = _words("The whole should show", error_messages={"required": "Say what should be there instead."})
    left = forms.IntegerField(label="Left", initial=25, min_value=0, max_value=99)
    top = forms.IntegerField(label="Top", initial=25, min_value=0, max_value=99)
    width = forms.IntegerField(label="Width", initial=50, min_value=1, max_value=100)
    height = forms.IntegerField(label="Height", initial=50, min_value=1, max_value=100)
    mask = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("words", "left", "top", "width", "height", "count")

    def values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        painted = cleaned["mask"].removeprefix(DATA_URI)
        return {"words": cleaned["words"], "count": cleaned["count"], "mask": painted or self._rectangle(cleaned)}

    def _rectangle(self, cleaned: dict[str, int]) -> str:
        """The mask that is transparent in the rectangle, as a PNG in base64."""
        wide, high = self.parent.width, self.parent.height
        mask = Pictures.new("LA", (wide, high), (0, 255))
        left, top = cleaned["left"] * wide // 100, cleaned["top"] * high // 100
        right = min(wide, left + max(1, cleaned["width"] * wide // 100))
        bottom = min(high, top + max(1, cleaned["height"] * high // 100))
        mask.paste((0, 0), (left, top, right, bottom))
        file = io.BytesIO()
        mask.save(file, "PNG")
        return base64.b64encode(file.getvalue()).decode()


class OutpaintForm(CountMixin, RemixForm):
    name, title, button = "extend", "Go beyond the border", "Extend"
    help = f"Pixels to add on each side, up to {MAX_BORDER}. Without words it goes on as it is."
    request_class = OutpaintRequest

    left, top, right, bottom = (_pixels(side) for side in ("Left", "Top", "Right", "Bottom"))
    words = _words("The whole should show", required=False)
    field_order = ("words", "left", "top", "right", "bottom", "count")


class BlendForm(CountMixin, RemixForm):
    name, title, button = "blend", "Blend", "Blend"
    help = "With up to three other images or words; the new images lie between them."
    request_class = BlendRequest

    others = forms.ModelMultipleChoiceField(
        Image.objects.none(),
        label="Images to blend with",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "One of these images is gone."},
    )
    words = _words("Words to blend with", required=False)
    share = _share("How much of this image stays", 0.5, 0.95, 0.05)
    field_order = ("others", "words", "share", "count")

    def __init__(self, parent: Image, *arguments: Any, **options: Any) -> None:
        super().__init__(parent, *arguments, **options)
        mine = Image.objects.owned_by(parent.owner).alive().exclude(pk=parent.pk)
        self.fields["others"].queryset = mine
        self.offered = mine.order_by("-created_at", "-id")[:BLEND_CHOICES]

    def values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        return cleaned | {"others": tuple(cleaned["others"])}


class LoosenForm(CountMixin, RemixForm):
    name, title, button = "loosen", "Draw again, more freely", "Draw again"
    help = "From the noise that it comes from: at 0 it is the same image, at 1 only what it is about stays."
    request_class = LoosenRequest

    eta = _share("Freedom", 0.5)
    field_order = ("eta", "count")


class UpsampleForm(RemixForm):
    name, title, button = "enlarge", "Enlarge", "Enlarge"
    help = "Four times as wide and high."
    request_class = UpsampleRequest


FORMS: dict[str, type[RemixForm]] = {
    form.name: form for form in (DiffForm, EditForm, OutpaintForm, BlendForm, LoosenForm, UpsampleForm)
}
