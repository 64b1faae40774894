"""Every byte of every image goes out through `_respond`, to whom `visible_to` lets see it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from gallery import renditions
from gallery.models import Image


@require_safe
@login_not_required
def image_file(request: HttpRequest, image_id: UUID, ending: str) -> HttpResponse:
    """The picture itself: the PNG as stored, or converted on the way out."""

    def read(image: Image) -> bytes:
        with image.file.open() as file:
            return file.read() if ending == "png" else renditions.convert(file, ending)

    return _respond(request, image_id, ending, read)


@require_safe
@login_not_required
def image_thumbnail(request: HttpRequest, image_id: UUID) -> HttpResponse:
    return _respond(request, image_id, "webp", lambda image: renditions.thumbnail(image.file.name), suffix="-small")


def _respond(
    request: HttpRequest, image_id: UUID, ending: str, read: Callable[[Image], bytes], suffix: str = ""
) -> HttpResponse:
    image = get_object_or_404(Image.objects.visible_to(request.user), pk=image_id)
    etag = f'"{image.sha256}{suffix}-{ending}"' if image.is_public else None
    response = get_conditional_response(request, etag=etag) if etag else None
    if response is None:
        try:
            response = HttpResponse(read(image), content_type=renditions.FORMATS[ending][1])
        except FileNotFoundError as lost:
            raise Http404("The file of this image is lost.") from lost
    _secure(response, image, etag)
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{_file_name(image, ending)}"'
    return response


def _secure(response: HttpResponse, image: Image, etag: str | None) -> None:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if image.is_public else "same-origin"
    if etag:
        response["ETag"] = etag
        response["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response["Cache-Control"] = "private, no-store"


def _file_name(image: Image, ending: str) -> str:
    return f"{slugify(str(image))[:60].strip('-') or 'image'}-{str(image.id)[:8]}.{ending}"
