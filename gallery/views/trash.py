"""What is done to the trash as a whole; the page that shows it is one of the lists."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_http_methods, require_POST

from gallery import trash
from gallery.models import Image


@require_POST
def trash_restore(request: HttpRequest) -> HttpResponse:
    if count := trash.restore_all(request.user):
        messages.success(request, f"{count} image{pluralize(count)} back in your library.")
    return redirect("gallery:library" if count else "gallery:trash")


@require_http_methods(["GET", "HEAD", "POST"])
def trash_empty(request: HttpRequest) -> HttpResponse:
    """Asks first, and says how many images are meant."""
    if request.method == "POST":
        if count := trash.empty(request.user):
            messages.success(request, f"{count} image{pluralize(count)} deleted for good.")
        return redirect("gallery:trash")
    count = Image.objects.owned_by(request.user).trashed().count()
    return render(request, "gallery/trash_empty.html", {"count": count}) if count else redirect("gallery:trash")
