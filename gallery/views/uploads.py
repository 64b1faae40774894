"""The page to which people bring pictures of their own, and which says what became of each."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from gallery.models import Upload
from gallery.uploads import UNFINISHED, receive

UNPROCESSABLE = 422
SHOWN = 200
SHOWN_FOR = timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _answer(request)
    files = request.FILES.getlist("file")
    received = [receive(request.user, file) for file in files]
    if not received:
        return _answer(request, status=UNPROCESSABLE, problem="Choose at least one picture.")
    if all(upload.status == Upload.Status.FAILED for upload in received):
        return _answer(request, status=UNPROCESSABLE)
    return _answer(request) if request.htmx else redirect("gallery:uploads")


def _answer(request: HttpRequest, status: int = 200, problem: str = "") -> HttpResponse:
    """The whole page, or for scripts the list of what was sent lately."""
    lately = request.user.uploads.filter(created_at__gt=timezone.now() - SHOWN_FOR).select_related("image")[:SHOWN]
    counts = Counter(upload.get_status_display().lower() for upload in lately)
    context = {
        "uploads": lately,
        "summary": ", ".join(f"{count} {status}" for status, count in counts.items()),
        "is_active": request.user.uploads.filter(status__in=UNFINISHED).exists(),
        "limit": settings.UPLOAD_MAX_BYTES,
        "problem": problem,
    }
    template = "gallery/_upload_list.html" if request.htmx else "gallery/uploads.html"
    return render(request, template, context, status=status)
