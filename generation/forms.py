import hashlib
from typing import Any

from django import forms

from generation.presets import PRESETS
from generation.request import MAX_COUNT, MAX_PROMPT, MAX_SEED, DraftRequest, GenerationRequest
from generation.shapes import SHAPES

AS_WRITTEN = ("", "As written")
WHOLE_NUMBER = "Enter a whole number."


class StudioForm(forms.Form):
    """What the studio's prompt box asks; `to_request()` is what it says, once it is valid.

    The shape is asked for only where `any_shape` says that the checkpoint draws more than squares.
    """

    prompt = forms.CharField(
        label="Prompt",
        error_messages={"required": "Describe the picture you want."},
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "maxlength": MAX_PROMPT,
                "class": "textarea",
                "placeholder": "a red apple on a blue background",
                "autofocus": True,
            }
        ),
    )
    style = forms.ChoiceField(
        label="Style",
        required=False,
        choices=[AS_WRITTEN, *((preset.key, preset.label) for preset in PRESETS)],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "There is no such style."},
    )
    count = forms.IntegerField(
        label="Images",
        initial=4,
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_COUNT, "class": "input"}),
        error_messages={"required": f"Choose between 1 and {MAX_COUNT} images.", "invalid": WHOLE_NUMBER},
    )
    seed = forms.IntegerField(
        label="Seed",
        required=False,
        widget=forms.NumberInput(attrs={"min": 0, "max": MAX_SEED, "class": "input", "placeholder": "Random"}),
        error_messages={"invalid": WHOLE_NUMBER},
    )
    shape = forms.ChoiceField(
        label="Shape",
        required=False,
        choices=[(shape.key, shape.label) for shape in SHAPES],
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"invalid_choice": "There is no such shape."},
    )
    #: Names one filled-in form, so that a double click makes one job.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, any_shape: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not any_shape:
            del self.fields["shape"]

    def clean(self) -> dict[str, Any]:
        """Have the request judge the values, so that forms and other callers share one set of rules."""
        if not self.errors:
            values = {name: value for name, value in self.cleaned_data.items() if name not in {"count", "key"}}
            if "drafts" in self.data:
                self._request = DraftRequest(**values)
            else:
                self._request = GenerationRequest(**values, count=self.cleaned_data["count"])
        return self.cleaned_data

    def to_request(self) -> GenerationRequest:
        """A sheet of drafts where its button was pressed, else finished images."""
        return self._request

    def idempotency_key(self) -> str | None:
        """The form's key with a digest of its values: the same page sent again with other words is another request."""
        key = self.cleaned_data["key"]
        digest = hashlib.sha256(repr(self._request).encode()).hexdigest()
        return f"form-{key}-{digest}" if key else None
