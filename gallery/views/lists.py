"""Pages that show many images: landing, explore, favorites, trash, tags."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from gallery import completion, saved, scopes, tag_counts
from gallery.listing import list_images
from gallery.models import Image
from gallery.scopes import Scope
from gallery.search import ImageSearch

LANDING_IMAGES = 24
TAGS_SHOWN = 300


@require_safe
@login_not_required
def landing(request: HttpRequest) -> HttpResponse:
    images = Image.objects.listed().tiles(request.user).order_by("-number")[:LANDING_IMAGES]
    return render(request, "gallery/landing.html", {"images": images, "hide_search": True})


@require_safe
@login_not_required
def explore(request: HttpRequest) -> HttpResponse:
    return image_list(request, scopes.LISTED, "gallery/explore.html", saved_searches=saved.kept_by(request.user))


@require_safe
def favorites(request: HttpRequest) -> HttpResponse:
    return image_list(request, scopes.FAVORED, "gallery/favorites.html")


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    return image_list(request, scopes.TRASHED, "gallery/trash.html")


@require_safe
@login_not_required
def tags(request: HttpRequest) -> HttpResponse:
    user = request.user
    context = {
        "own_tags": tag_counts.commonest(user, TAGS_SHOWN) if user.is_authenticated else [],
        "public_tags": tag_counts.commonest(None, TAGS_SHOWN),
    }
    return render(request, "gallery/tags.html", context)


@require_safe
@login_not_required
def tag_complete(request: HttpRequest) -> JsonResponse:
    """The tags that `?q=` may become, for boxes that complete what is typed."""
    found = completion.complete(request.user, request.GET.get("q", ""))
    response = JsonResponse({"tags": [tag._asdict() for tag in found]})
    response["Cache-Control"] = "private, max-age=30"
    return response


def image_list(request: HttpRequest, scope: Scope, template: str, status: int = 200, **context: object) -> HttpResponse:
    """The whole page, or just the part of it that htmx asks for by its id."""
    search = ImageSearch.from_querystring(request.GET)
    listing = list_images(scope, search, request.user)
    parts = {"image-results": "gallery/_image_results.html", "image-more": "gallery/_image_tiles.html"}
    if request.htmx and not request.htmx.history_restore_request:
        template = parts.get(request.htmx.target, template)
    context |= {"listing": listing, "search": listing.search}
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
