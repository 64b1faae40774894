"""One's own images, and acting on many of them at once: picked one by one, or all that the search finds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from gallery import collections, saved, scopes, selection, synonyms
from gallery.found import find
from gallery.models import Collection, Image
from gallery.querysets import ImageQuerySet
from gallery.search import ImageSearch
from gallery.views.lists import image_list

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNPROCESSABLE = 422
TITLES_OFFERED = 100


@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest) -> HttpResponse:
    return _act_on_many(request) if request.method == "POST" else _page(request)


@require_POST
def selection_restore(request: HttpRequest, moment: int) -> HttpResponse:
    """Undo the trashing of many: take back what was put there at that moment, in microseconds since 1970."""
    try:
        when = EPOCH + timedelta(microseconds=moment)
    except OverflowError as problem:
        raise Http404 from problem
    count = selection.restore(Image.objects.owned_by(request.user).trashed(), when)
    if not count:
        raise Http404
    messages.success(request, f"{_images(count)} back in your library.")
    return redirect("gallery:library")


def _page(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    titles = Collection.objects.owned_by(request.user).values_list("title", flat=True)[:TITLES_OFFERED]
    context |= {"is_selectable": True, "collection_titles": titles, "saved_searches": saved.kept_by(request.user)}
    return image_list(request, scopes.OWNED, "gallery/library.html", status, **context)


def _act_on_many(request: HttpRequest) -> HttpResponse:
    """Do what the pressed button says to the picked images, all or none of it. Images of others are left alone."""
    try:
        with transaction.atomic():
            # One person's acts wait for each other: two that touch the same rows in another order would block.
            get_user_model().objects.select_for_update().get(pk=request.user.pk)
            sentence, undo = _act(request)(request, _picked(request))
    except ValidationError as problem:
        return _page(request, UNPROCESSABLE, selection_error=problem.message, picked=_keys(request))
    messages.success(request, sentence, extra_tags=undo)
    return redirect(request.get_full_path())


def _picked(request: HttpRequest) -> ImageQuerySet:
    own = Image.objects.owned_by(request.user).alive()
    if "everything" in request.POST:
        search = synonyms.meant(ImageSearch.from_querystring(request.GET))
        if search.by_likeness:
            raise ValidationError("All images are more or less like this one. Select the ones that you mean.")
        return own.filter(pk__in=find(scopes.OWNED, search, request.user).all())
    keys = _keys(request)
    if not keys:
        raise ValidationError("Select at least one image.")
    return own.filter(pk__in=keys)


def _keys(request: HttpRequest) -> set[UUID]:
    keys = set()
    for text in request.POST.getlist("image"):
        try:
            keys.add(UUID(text))
        except ValueError:
            continue
    return keys


#: What an act answers: a sentence, and the address that undoes it, if any.
Answer = tuple[str, str]


def _act(request: HttpRequest) -> Callable[[HttpRequest, ImageQuerySet], Answer]:
    try:
        return ACTS[request.POST.get("act", "")]
    except KeyError as problem:
        raise ValidationError("Choose what to do with the selected images.") from problem


def _tag(request: HttpRequest, images: ImageQuerySet) -> Answer:
    name = request.POST.get("tag", "")
    return f"{_images(selection.tag(images, [name]))} tagged “{name.strip()}”.", ""


def _untag(request: HttpRequest, images: ImageQuerySet) -> Answer:
    name = request.POST.get("tag", "")
    return f"{_images(selection.untag(images, [name]))} no longer tagged “{name.strip()}”.", ""


def _favorite(request: HttpRequest, images: ImageQuerySet) -> Answer:
    return f"{_images(selection.favorite(images, request.user))} added to your favorites.", ""


def _unfavorite(request: HttpRequest, images: ImageQuerySet) -> Answer:
    return f"{_images(selection.unfavorite(images, request.user))} taken off your favorites.", ""


def _collect(request: HttpRequest, images: ImageQuerySet) -> Answer:
    collection = collections.named(request.user, request.POST.get("title", ""))
    return f"{_images(collections.add_images(collection, images))} added to “{collection}”.", ""


def _show_to(visibility: str) -> Callable[[HttpRequest, ImageQuerySet], Answer]:
    def act(request: HttpRequest, images: ImageQuerySet) -> Answer:
        return f"{_images(selection.set_visibility(images, visibility))} made {visibility}.", ""

    return act


def _trash(request: HttpRequest, images: ImageQuerySet) -> Answer:
    count, moment = selection.trash(images)
    undo = reverse("gallery:selection-restore", args=[(moment - EPOCH) // timedelta(microseconds=1)])
    return f"{_images(count)} moved to the trash.", undo if count else ""


ACTS: dict[str, Callable[[HttpRequest, ImageQuerySet], Answer]] = {
    "tag": _tag,
    "untag": _untag,
    "favorite": _favorite,
    "unfavorite": _unfavorite,
    "collect": _collect,
    "trash": _trash,
    **{visibility: _show_to(visibility) for visibility in Image.Visibility.values},
}


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images" if count else "No image"
