from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

PAYLOAD_TOO_LARGE = 413


def body_limit(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a large body before any of it is read. Only some addresses take files; many at once, from people known."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length") or "0"
        limit = _limit(request)
        if length.isdigit() and int(length) > limit:
            return render(request, "413.html", {"limit": limit}, status=PAYLOAD_TOO_LARGE)
        return get_response(request)

    return middleware


def _limit(request: HttpRequest) -> int:
    if request.path_info == reverse("gallery:uploads") and request.user.is_authenticated:
        return settings.UPLOAD_MAX_BODY
    if request.path_info in {reverse("gallery:search-by-picture"), reverse("api:search_by_picture")}:
        return settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
