"""The library's search as JSON: the same searches, places and rules of who sees what as the pages have."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from ninja import Field, File, NinjaAPI, Query, Schema, Status, UploadedFile

from gallery import scopes
from gallery.listing import Listing, list_images
from gallery.models import Image
from gallery.search import ImageSearch
from gallery.views.pictures import Refused, received

api = NinjaAPI(title="Airbrush", version="1", description=__doc__, docs_url=None, urls_namespace="api")


class Asked(Schema):
    """What is not understood is left out; no search is an error."""

    q: str = Field("", description='Words: quotes, OR and minus as on the web; also `tag:apple -tag:"fire truck"`.')
    tag: list[str] = Field([], description="All of these tags.")
    any: list[str] = Field([], description="One of these tags.")
    none: list[str] = Field([], alias="not", description="None of these tags.")
    favorites: str = Field("", description="`1`: your favorites only.")
    style: str = ""
    orientation: str = Field("", description="`landscape`, `portrait` or `square`.")
    color: str = Field("", description="One of twelve names, such as `teal`.")
    license: str = ""
    visibility: str = ""
    checkpoint: str = ""
    collection: str = Field("", description="The key of a collection that you may open: its images only.")
    since: str = Field("", alias="from", description="The first day, as `2026-01-31`.")
    until: str = Field("", alias="to", description="The last day.")
    like: str = Field("", description="The key of an image, to find others like it.")
    picture: str = Field("", description="What sending a picture answered, to find images like it; good for a day.")
    order: str = Field("", description="`relevance`, `newest` or `favorites`.")
    after: str = Field("", description="Where to go on: from the `next` of an answer.")


class ImageOut(Schema):
    id: UUID
    title: str
    prompt: str
    alt: str
    tags: list[str]
    width: int
    height: int
    style: str
    color: str = Field(alias="color_name")
    license: str
    visibility: str
    checkpoint: str
    favorites: int = Field(alias="favorite_count")
    created_at: datetime
    url: str
    thumbnail: str

    @staticmethod
    def resolve_tags(image: Image) -> list[str]:
        return image.tag_names.split(", ") if image.tag_names else []

    @staticmethod
    def resolve_url(image: Image, context: dict[str, Any]) -> str:
        return context["request"].build_absolute_uri(image.get_absolute_url())

    @staticmethod
    def resolve_thumbnail(image: Image, context: dict[str, Any]) -> str:
        return context["request"].build_absolute_uri(reverse("gallery:image-thumbnail", args=[image.pk]))


class Value(Schema):
    value: str
    label: str
    count: int


class Found(Schema):
    images: list[ImageOut]
    #: The address of the next page.
    next: str | None
    #: How many images have the words and pass the filters; told with the first page only, up to a limit.
    total: int | None
    is_total_exact: bool
    facets: dict[str, list[Value]]
    did_you_mean: str | None
    #: Whether images are missing that are close in meaning: ask again in a moment.
    is_late: bool
    #: Whether the picture to search by is not kept any more, and was left out.
    is_forgotten: bool


class Sent(Schema):
    picture: str


class Problem(Schema):
    detail: str


@api.get("/images", response=Found, summary="Search public images, or your own")
def images(request: HttpRequest, asked: Query[Asked], scope: Literal["public", "own"] = "public") -> dict[str, Any]:
    where = scopes.OWNED if scope == "own" and request.user.is_authenticated else scopes.LISTED
    listing = list_images(where, ImageSearch.from_querystring(request.GET), request.user)
    by_key = where.images(request.user).in_bulk([image.pk for image in listing.images])
    return {
        "images": [by_key[image.pk] for image in listing.images if image.pk in by_key],
        "next": _address(request, listing),
        "total": listing.counts.total if listing.counts else None,
        "is_total_exact": listing.has_numbers,
        "facets": {name: values for name, values in listing.facets if name != "date"} if listing.has_numbers else {},
        "did_you_mean": listing.meant.words if listing.meant else None,
        "is_late": listing.is_late,
        "is_forgotten": listing.is_forgotten,
    }


@api.post(
    "/pictures",
    response={HTTPStatus.CREATED: Sent, frozenset({422, 429, 503}): Problem},
    summary="Send a picture to search by; it is kept for a day and never in the library",
)
def search_by_picture(request: HttpRequest, file: File[UploadedFile]) -> Status:
    try:
        return Status(HTTPStatus.CREATED, {"picture": received(request, file)})
    except Refused as refusal:
        return Status(refusal.status, {"detail": str(refusal)})


def _address(request: HttpRequest, listing: Listing) -> str | None:
    if listing.next is None:
        return None
    scope = "&scope=own" if request.GET.get("scope") == "own" else ""
    return request.build_absolute_uri(f"{request.path}?{listing.next.to_querystring()}{scope}")


def addresses() -> list[URLPattern]:
    """The addresses of the API. Nobody has to log in: whoever has not finds what is public."""
    patterns, _, _ = api.urls
    for pattern in patterns:
        pattern.callback = login_not_required(pattern.callback)
    return patterns
