"""One image: its page, and what its owner or a passer-by may do with it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gallery import collections, services, suggestions
from gallery.duplicates import near_duplicates
from gallery.listing import similar_images
from gallery.models import Collection, Image
from gallery.views.redirects import back

UNPROCESSABLE = 422
TITLES_OFFERED = 100


@require_safe
@login_not_required
def image_detail(request: HttpRequest, image_id: UUID) -> HttpResponse:
    return _page(request, _visible(request, image_id))


@require_POST
def image_favorite(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = _visible(request, image_id)
    change = services.unfavorite if request.POST.get("on") == "0" else services.favorite
    change(request.user, image)
    image.is_favorite = change is services.favorite
    return _answer(request, image, "gallery/_heart.html")


@require_POST
def image_tag_add(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = _own(request, image_id)
    name = request.POST.get("tag", "")
    try:
        services.add_tag(image, name)
    except ValidationError as problem:
        return _answer(request, image, "gallery/_image_tags.html", tag_error=problem.message, tag_typed=name)
    return _answer(request, image, "gallery/_image_tags.html")


@require_POST
def image_tag_remove(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = _own(request, image_id)
    services.remove_tag(image, request.POST.get("tag", ""))
    return _answer(request, image, "gallery/_image_tags.html")


@require_POST
def image_suggestion(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Accept or reject a tag that a machine suggests."""
    image = _own(request, image_id)
    suggestion = get_object_or_404(image.tag_suggestions, name=request.POST.get("tag", "").replace("\0", ""))
    answers = {"accept": suggestions.accept, "reject": suggestions.reject}
    try:
        answers[request.POST["answer"]](suggestion)
    except KeyError:
        error = "Accept the suggestion or reject it."
        return _answer(request, image, "gallery/_image_tags.html", tag_error=error)
    except ValidationError as problem:
        return _answer(request, image, "gallery/_image_tags.html", tag_error=problem.message)
    return _answer(request, image, "gallery/_image_tags.html")


@require_POST
def image_visibility(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = _own(request, image_id)
    try:
        services.set_visibility(image, request.POST.get("visibility", ""))
    except ValidationError as problem:
        return _answer(request, image, "gallery/_image_visibility.html", visibility_error=problem.message)
    return _answer(request, image, "gallery/_image_visibility.html")


@require_POST
def image_delete(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_object_or_404(Image.objects.owned_by(request.user), pk=image_id)
    services.trash(image)
    undo = reverse("gallery:image-restore", args=[image.id])
    messages.success(request, "Moved to the trash.", extra_tags=undo)
    return redirect("gallery:library")


@require_POST
def image_restore(request: HttpRequest, image_id: UUID) -> HttpResponse:
    image = get_object_or_404(Image.objects.owned_by(request.user), pk=image_id)
    services.restore(image)
    messages.success(request, "Back in your library.")
    return redirect(image)


@require_POST
def image_collect(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Put the image into one's own collection of the posted `title`, made if there is none."""
    image = _visible(request, image_id)
    if image.is_deleted:
        raise Http404
    title = request.POST.get("title", "")
    try:
        collection = collections.named(request.user, title)
    except ValidationError as problem:
        error = {"collection_error": problem.message, "collection_typed": title}
        return _answer(request, image, "gallery/_image_collections.html", **error)
    collections.add_images(collection, Image.objects.filter(pk=image.pk))
    return _answer(request, image, "gallery/_image_collections.html")


@require_POST
def image_uncollect(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Take the image out of one's own collection of the posted key."""
    image = _visible(request, image_id)
    for collection in Collection.objects.owned_by(request.user).containing(image):
        if str(collection.pk) == request.POST.get("collection"):
            collections.remove_images(collection, Image.objects.filter(pk=image.pk))
    return _answer(request, image, "gallery/_image_collections.html")


def _visible(request: HttpRequest, image_id: UUID) -> Image:
    images = Image.objects.visible_to(request.user).with_favorite(request.user)
    return get_object_or_404(images.select_related("owner"), pk=image_id)


def _own(request: HttpRequest, image_id: UUID) -> Image:
    images = Image.objects.owned_by(request.user).alive().with_favorite(request.user)
    return get_object_or_404(images.select_related("owner"), pk=image_id)


def _answer(request: HttpRequest, image: Image, partial: str, **context: str) -> HttpResponse:
    """The changed part for htmx, the way back for a plain form; with an error, 422 and the sentence."""
    status = UNPROCESSABLE if context else 200
    if request.htmx:
        return render(request, partial, {**_context(request, image), **context}, status=status)
    return _page(request, image, status=status, **context) if context else back(request, image)


def _page(request: HttpRequest, image: Image, status: int = 200, **context: str) -> HttpResponse:
    context = {**_context(request, image), "similar": similar_images(image, request.user), **context}
    return render(request, "gallery/image_detail.html", context, status=status)


def _context(request: HttpRequest, image: Image) -> dict:
    is_own = image.owner_id == request.user.pk
    return {
        "image": image,
        "is_own": is_own,
        "can_edit": is_own and not image.is_deleted,
        "suggestions": suggestions.open_for(image) if is_own else [],
        "near_duplicates": near_duplicates(image, request.user),
        **(_own_collections(request, image) if request.user.is_authenticated and not image.is_deleted else {}),
    }


def _own_collections(request: HttpRequest, image: Image) -> dict:
    own = Collection.objects.owned_by(request.user)
    return {
        "in_collections": own.containing(image),
        "collection_titles": own.values_list("title", flat=True)[:TITLES_OFFERED],
    }
