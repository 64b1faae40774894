"""Pages that begin with pictures a person has: variations, remixes, and sheets of drafts."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gallery.models import Image
from generation import services
from generation.models import Draft, Generation
from generation.remix_forms import FORMS, RemixForm
from generation.remixes import FinishRequest, VariationRequest
from generation.request import MAX_DRAFTS

YEAR = 31_536_000  # seconds


@require_POST
def variations(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw images like one of the person's own; leads to the job, or back to the image with the reason why not."""
    image = _own_image(request, pk)
    try:
        return redirect(services.submit(request.user, VariationRequest(image)))
    except ValidationError as problem:
        messages.error(request, problem.messages[0])
        return redirect(image)


@require_http_methods(["GET", "HEAD", "POST"])
def remix(request: HttpRequest, pk: UUID, operation: str = "") -> HttpResponse:
    """Everything that can be made of one of the person's own images, a form for each way."""
    image = _own_image(request, pk)
    if operation and operation not in FORMS:
        raise Http404
    if request.method != "POST":
        return _remix_page(request, image, {}, operation)
    if not operation:
        return _remix_page(request, image, {}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    form = FORMS[operation](image, request.POST)
    if form.is_valid():
        try:
            return redirect(services.submit(request.user, form.to_request()))
        except ValidationError as problem:
            form.add_error(None, problem)
    return _remix_page(request, image, {operation: form}, operation, HTTPStatus.UNPROCESSABLE_ENTITY)


def _remix_page(
    request: HttpRequest,
    image: Image,
    filled: dict[str, RemixForm],
    operation: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    forms = [filled.get(name) or form(image) for name, form in FORMS.items()]
    context = {"image": image, "forms": forms, "open": operation or next(iter(FORMS))}
    return render(request, "generation/remix.html", context, status=status)


@require_POST
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finish the chosen drafts of a sheet; leads to the job that does, or back to the sheet."""
    sheet = get_object_or_404(Generation.objects.owned_by(request.user), pk=pk, operation=Generation.Operation.DRAFTS)
    ticked = request.POST.getlist("index")
    chosen = tuple(index for index in range(MAX_DRAFTS) if str(index) in ticked)
    try:
        return redirect(services.submit(request.user, FinishRequest(sheet, chosen)))
    except ValidationError as problem:
        messages.error(request, problem.messages[0])
        return redirect(sheet)


@require_GET
@cache_control(private=True, max_age=YEAR, immutable=True)
def draft(request: HttpRequest, pk: UUID, index: int) -> HttpResponse:
    """The picture of a draft, as its owner sees it."""
    found = get_object_or_404(Draft, generation__owner=request.user, generation=pk, index=index)
    return HttpResponse(bytes(found.picture), content_type="image/png")


def _own_image(request: HttpRequest, pk: UUID) -> Image:
    return get_object_or_404(Image.objects.owned_by(request.user).alive(), pk=pk)
