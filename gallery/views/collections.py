"""Collections: the lists of them, one collection's page, and making, describing and deleting one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from gallery import collections, downloads
from gallery.forms import CollectionForm
from gallery.listing import similar_to_collection
from gallery.models import Collection, Image
from gallery.querysets import CollectionQuerySet

COLLECTIONS_SHOWN = 48
IMAGES_SHOWN = 60
UNPROCESSABLE = 422


@require_safe
def collection_list(request: HttpRequest) -> HttpResponse:
    return _list(request, Collection.objects.owned_by(request.user), "gallery/collections.html")


@require_safe
@login_not_required
def collection_explore(request: HttpRequest) -> HttpResponse:
    return _list(request, Collection.objects.listed(), "gallery/collections_public.html")


@require_safe
@login_not_required
def collection_detail(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The collection as this person is shown it; its own page and its share page are one."""
    collection = visible_collection(request, collection_id)
    context = page_of_images(request, collection, IMAGES_SHOWN)
    part = request.htmx and not request.htmx.history_restore_request and request.htmx.target == "collection-more"
    template = "gallery/_collection_tiles.html" if part else "gallery/collection_detail.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_GET
@login_not_required
def collection_download(request: HttpRequest, collection_id: UUID) -> StreamingHttpResponse:
    """What this person is shown of the collection, as a zip."""
    collection = visible_collection(request, collection_id)
    images = Image.objects.shown_in(collection, request.user)
    response = StreamingHttpResponse(downloads.stream(images), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{slugify(collection.title) or "collection"}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_not_required
def collection_similar(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = visible_collection(request, collection_id)
    images = similar_to_collection(collection, request.user)
    return render(request, "gallery/collection_similar.html", {"collection": collection, "images": images})


@require_http_methods(["GET", "HEAD", "POST"])
def collection_create(request: HttpRequest) -> HttpResponse:
    form = CollectionForm(request.POST or None)
    if form.is_valid():
        return redirect(collections.create(request.user, **form.cleaned_data))
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def collection_edit(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = own_collection(request, collection_id)
    form = CollectionForm(request.POST or None, instance=own_collection(request, collection_id))
    if form.is_valid():
        collections.change(collection, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect(collection)
    return _form(request, form, collection=collection)


@require_POST
def collection_delete(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = own_collection(request, collection_id)
    collections.delete(collection)
    messages.success(request, f"“{collection}” is deleted. Its images are still in the library.")
    return redirect("gallery:collections")


def visible_collection(request: HttpRequest, collection_id: UUID) -> Collection:
    found = Collection.objects.visible_to(request.user).select_related("owner")
    return get_object_or_404(found, pk=collection_id)


def own_collection(request: HttpRequest, collection_id: UUID) -> Collection:
    return get_object_or_404(Collection.objects.owned_by(request.user), pk=collection_id)


def page_of_images(request: HttpRequest, collection: Collection, limit: int) -> dict:
    """The images after the place that `?after=` names, and where the next page begins."""
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    shown = Image.objects.shown_in(collection, request.user).tiles(request.user)
    images = list(shown.filter(position__gt=start)[: limit + 1])
    return {
        "collection": collection,
        "is_own": collection.owner_id == request.user.pk,
        "images": images[:limit],
        "image_count": collection.places.shown_to(request.user).count(),
        "start": start,
        "next": images[limit - 1].position if len(images) > limit else None,
        "following": images[limit] if len(images) > limit else None,
    }


def _list(request: HttpRequest, found: CollectionQuerySet, template: str) -> HttpResponse:
    found = found.with_summary(request.user).select_related("owner").order_by("-created_at", "-id")
    page = Paginator(found, COLLECTIONS_SHOWN).get_page(request.GET.get("page", "1"))
    return render(request, template, {"page": page, "collections": _with_covers(page, request)})


def _with_covers(page: Page, request: HttpRequest) -> list[Collection]:
    found = list(page)
    covers = Image.objects.tiles(request.user).in_bulk([each.cover_pk for each in found if each.cover_pk])
    for collection in found:
        collection.cover_image = covers.get(collection.cover_pk)
    return found


def _form(request: HttpRequest, form: CollectionForm, collection: Collection | None = None) -> HttpResponse:
    context = {"form": form, "collection": collection}
    return render(request, "gallery/collection_form.html", context, status=UNPROCESSABLE if form.errors else 200)
