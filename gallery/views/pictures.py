"""Searching by a picture that somebody brings: the form takes it, the lists show what is like it."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from gallery import examples, vectors
from gallery.decoding import BadPicture
from gallery.search import ImageSearch
from gallery.uploads import problem_of_size

#: The lists that may be searched, by their URL names; the first one unless the form names another.
LISTS = ("explore", "library", "favorites")


class Refused(Exception):
    """Why a picture is not taken: the status and the sentence that answer it."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def search_by_picture(request: HttpRequest) -> HttpResponse:
    """Take the picture and go on to the list that the form names, with its filters; a bad one is asked for again."""
    problem, status = "", HTTPStatus.OK
    if request.method == "POST":
        try:
            token = received(request, request.FILES.get("file"))
        except Refused as refusal:
            problem, status = str(refusal), refusal.status
        else:
            search = ImageSearch.from_querystring(QueryDict(request.POST.get("query", ""))).filters
            return redirect(f"{_list(request)}?{search.changed(picture=token).to_querystring()}")
    return render(request, "gallery/search_by_picture.html", {"problem": problem, "hide_search": True}, status=status)


@require_safe
@login_not_required
def searched_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture searched by, small, to whoever has its address."""
    try:
        response = HttpResponse(examples.read(token), content_type="image/webp")
    except examples.Forgotten as forgotten:
        raise Http404("This picture is not kept any more.") from forgotten
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = f"private, max-age={examples.KEPT}, immutable"
    return response


def received(request: HttpRequest, file: UploadedFile | None) -> str:
    """The token of the picture that was sent. Raises Refused."""
    if file is None:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose a picture.")
    if problem := problem_of_size(file.size):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, problem)
    action = "search_picture" if request.user.is_authenticated else "search_picture_anonymous"
    try:
        if not ratelimit.consume(request, action=action, key="everybody"):
            sentence = "You have searched by many pictures lately. Try again in a few minutes."
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, sentence)
        return examples.keep(file)
    except BadPicture as bad:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(bad)) from bad
    except (examples.Busy, *vectors.UNAVAILABLE) as away:
        sentence = "Pictures cannot be searched by just now. Try again in a minute."
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, sentence) from away


def _list(request: HttpRequest) -> str:
    name = request.POST.get("list", "")
    return reverse(f"gallery:{name if name in LISTS else LISTS[0]}")
