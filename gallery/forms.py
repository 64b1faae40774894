from django import forms
from django.core.exceptions import ValidationError

from gallery import collections
from gallery.models import Collection


class CollectionForm(forms.ModelForm):
    class Meta:
        model = Collection
        fields = ["title", "description", "visibility"]
        labels = {"title": "Name", "visibility": "Who sees it"}
        help_texts = {"visibility": "A private image shows to its owner alone, whichever collection it is in."}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_title(self) -> str:
        try:
            return collections.normalize(self.cleaned_data["title"])
        except ValidationError as problem:
            raise forms.ValidationError(problem.message) from problem
