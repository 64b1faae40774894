from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HTMX_STOP_POLLING, retarget

from generation import progress, runtime, services
from generation.forms import StudioForm
from generation.models import Generation
from generation.presets import PRESETS, full_prompt
from generation.request import clean_prompt

RECENT_JOBS = 12
RETRY_AFTER = 30  # seconds; about as long as a few jobs take


@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def studio(request: HttpRequest) -> HttpResponse:
    """The prompt box and the person's recent jobs."""
    if request.method == "POST":
        return _submit(request)
    return _studio_page(request, _form(initial=_prefilled(request)))


def _form(*arguments: Any, **options: Any) -> StudioForm:
    return StudioForm(*arguments, any_shape=runtime.draws_any_shape(), **options)


def _prefilled(request: HttpRequest) -> dict:
    """What a link such as “use this prompt again” asks to fill in; what is out of range is left out."""
    asked = {name: request.GET[name] for name in ("prompt", "style", "shape", "count", "seed") if name in request.GET}
    errors = _form({"prompt": "-", "count": 1, **asked}).errors
    kept = {name: value for name, value in asked.items() if name not in errors}
    return {"style": "", "key": uuid4(), **kept}


def _submit(request: HttpRequest) -> HttpResponse:
    form = _form(request.POST)
    if not form.is_valid():
        return _refused(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        job = services.submit(request.user, form.to_request(), idempotency_key=form.idempotency_key())
    except ValidationError as problem:
        form.add_error(None, problem)
        return _refused(request, form, _status_of(problem))
    if not request.htmx:
        return redirect(job)
    next_form = _form(initial=form.cleaned_data | {"key": uuid4()})
    return render(request, "generation/_submitted.html", {"job": _card(job), **_form_context(next_form)})


def _status_of(problem: ValidationError) -> HTTPStatus:
    is_full = problem.code == services.QUEUE_FULL
    return HTTPStatus.TOO_MANY_REQUESTS if is_full else HTTPStatus.UNPROCESSABLE_ENTITY


def _refused(request: HttpRequest, form: StudioForm, status: HTTPStatus) -> HttpResponse:
    if request.htmx:
        response = render(request, "generation/_studio_form.html", _form_context(form), status=status)
        retarget(response, "#studio-form")
        response["HX-Reswap"] = "outerHTML"
    else:
        response = _studio_page(request, form, status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = RETRY_AFTER
    return response


def _studio_page(request: HttpRequest, form: StudioForm, status: int = HTTPStatus.OK) -> HttpResponse:
    jobs = list(Generation.objects.owned_by(request.user).for_cards()[:RECENT_JOBS])
    progress.attach(jobs)
    context = {"jobs": jobs, "problem": runtime.checkpoint_problem(), **_form_context(form)}
    return render(request, "generation/studio.html", context, status=status)


def _form_context(form: StudioForm) -> dict:
    prompt, style = clean_prompt(form["prompt"].value() or ""), form["style"].value() or ""
    return {"form": form, "presets": PRESETS, "full_prompt": full_prompt(prompt, style)}


@require_GET
def subjects(request: HttpRequest) -> HttpResponse:
    """What the checkpoint draws best, each a link that begins a prompt."""
    return render(request, "generation/subjects.html", {"subjects": runtime.subjects()})


@never_cache
@vary_on_headers("HX-Request")
@require_GET
def job_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A job's page; to htmx, its card alone, with the status that ends the polling once the job has ended."""
    job = _own_job(request, pk)
    if not request.htmx:
        return render(request, "generation/job_detail.html", {"job": job})
    status = HTTPStatus.OK if job.is_active else HTMX_STOP_POLLING
    return render(request, "generation/_job_card.html", {"job": job}, status=status)


@require_POST
def job_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _card_or_page(request, services.cancel(_own_job(request, pk)))


@require_POST
def job_retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = _own_job(request, pk)
    try:
        services.retry(job)
    except ValidationError as problem:
        template = "generation/_job_card.html" if request.htmx else "generation/job_detail.html"
        context = {"job": job, "problem": problem.messages[0]}
        response = render(request, template, context, status=_status_of(problem))
        if problem.code == services.QUEUE_FULL:
            response["Retry-After"] = RETRY_AFTER
        return response
    return _card_or_page(request, job)


def _card_or_page(request: HttpRequest, job: Generation) -> HttpResponse:
    if request.htmx:
        return render(request, "generation/_job_card.html", {"job": _card(job)})
    return redirect(job)


def _own_job(request: HttpRequest, pk: UUID) -> Generation:
    job = get_object_or_404(Generation.objects.owned_by(request.user).for_cards(), pk=pk)
    progress.attach([job])
    return job


def _card(job: Generation) -> Generation:
    """The job again, with all that its card shows."""
    job = Generation.objects.for_cards().get(pk=job.pk)
    progress.attach([job])
    return job
