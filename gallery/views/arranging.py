"""What an owner does with the images of a collection: order them, choose the cover, take some out."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gallery import collections
from gallery.models import Collection, CollectionImage, Image
from gallery.views.collections import own_collection, page_of_images
from gallery.views.redirects import back

IMAGES_SHOWN = 200


@require_safe
def collection_arrange(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = own_collection(request, collection_id)
    return render(request, "gallery/collection_arrange.html", page_of_images(request, collection, IMAGES_SHOWN))


@require_POST
def collection_move(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Move the posted `image` by one place (`step` is earlier or later), or before another (`before`, empty: last)."""

    def move(collection: Collection, image: Image) -> None:
        step = request.POST.get("step")
        if step in {"earlier", "later"}:
            collections.move_by_one(collection, image.pk, later=step == "later")
        elif "before" in request.POST:
            collections.move_before(collection, image.pk, _key(request.POST["before"]))
        else:
            raise ValidationError("Say where the image is to go: earlier, later, or before which other one.")

    return _act(request, collection_id, move)


@require_POST
def collection_cover(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    return _act(request, collection_id, collections.set_cover)


@require_POST
def collection_remove(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    def remove(collection: Collection, image: Image) -> None:
        collections.remove_images(collection, Image.objects.filter(pk=image.pk))

    return _act(request, collection_id, remove)


def _act(request: HttpRequest, collection_id: UUID, act: Callable[[Collection, Image], None]) -> HttpResponse:
    """Do it to the posted image, then show the images as they lie now; for a plain form, go back to the page."""
    collection = own_collection(request, collection_id)
    shown = Image.objects.shown_in(collection, request.user)
    image = get_object_or_404(shown, pk=_key(request.POST.get("image", "")))
    error = ""
    try:
        act(collection, image)
    except CollectionImage.DoesNotExist as gone:
        raise Http404 from gone
    except ValidationError as problem:
        error = problem.message
    if not (request.htmx or error):
        return back(request, reverse("gallery:collection-arrange", args=[collection.pk]))
    template = "gallery/_collection_arrange.html" if request.htmx else "gallery/collection_arrange.html"
    context = {**page_of_images(request, collection, IMAGES_SHOWN), "error": error}
    return render(request, template, context, status=422 if error else 200)


def _key(text: str) -> UUID | None:
    """The image's key; None for none. What is no key at all is 404, like a key of nothing."""
    try:
        return UUID(text) if text else None
    except ValueError as problem:
        raise Http404 from problem
