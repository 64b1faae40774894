"""Every byte of every image goes out through `_respond`, to whom `visible_to` lets see it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from gallery import renditions, services
from gallery.models import Image

FOREVER = "max-age=31536000, immutable"
MEDIA_TYPES = {ending: kind for ending, (_, kind, _) in (renditions.RENDITION_FORMATS | renditions.FORMATS).items()}


@require_safe
@login_not_required
def image_file(request: HttpRequest, image_id: UUID, ending: str) -> HttpResponse:
    """The picture itself: the PNG as stored, or converted on the way out."""

    def read(image: Image) -> bytes:
        with image.file.open() as file:
            return file.read() if ending == "png" else renditions.convert(file, ending)

    return _respond(request, _visible(request, image_id), ending, read)


@require_safe
@login_not_required
def image_thumbnail(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = _visible(request, image_id)
    return _respond(request, image, "webp", lambda image: renditions.thumbnail(image.file.name), suffix="-small")


@require_safe
@login_not_required
def image_rendition(request: HttpRequest, image_id: UUID, version: str, step: int, ending: str) -> HttpResponse:
    """The picture as pages show it. The address changes with the picture, so whoever may keep it keeps it for good."""
    image = _visible(request, image_id)
    if version != image.version or step not in renditions.steps(image.width):
        raise Http404
    try:
        data = renditions.rendition(image.file.name, step, ending)
    except FileNotFoundError:
        services.remake_renditions(image)
        response = redirect("gallery:image-thumbnail", image.pk)
        response["Cache-Control"] = "no-store"
        return response
    response = _respond(request, image, ending, lambda image: data, suffix=f"-{step}")
    if image.owner_id == request.user.pk and not image.is_public:
        response["Cache-Control"] = f"private, {FOREVER}"
    return response


def _visible(request: HttpRequest, image_id: UUID) -> Image:
    return get_object_or_404(Image.objects.visible_to(request.user), pk=image_id)


def _respond(
    request: HttpRequest, image: Image, ending: str, read: Callable[[Image], bytes], suffix: str = ""
) -> HttpResponse:
    etag = f'"{image.sha256}{suffix}-{ending}"' if image.is_public else None
    response = get_conditional_response(request, etag=etag) if etag else None
    if response is None:
        try:
            response = HttpResponse(read(image), content_type=MEDIA_TYPES[ending])
        except FileNotFoundError as lost:
            raise Http404("The file of this image is lost.") from lost
    _secure(response, image, etag)
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{image.file_name(ending)}"'
    return response


def _secure(response: HttpResponse, image: Image, etag: str | None) -> None:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if image.is_public else "same-origin"
    if etag:
        response["ETag"] = etag
        response["Cache-Control"] = f"public, {FOREVER}"
    else:
        response["Cache-Control"] = "private, no-store"
