"""A draft behind a preview link, for somebody without an account. Seen by nobody else, kept by no cache."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, override
from django.views.decorators.http import require_http_methods, require_safe

from conditions import page_context, preview_links
from conditions.forms import RemarkForm
from conditions.models import Edition, PreviewLink
from foundation.pages.http import picture_file
from foundation.pictures.models import LibraryPicture
from foundation.privacy import limits, tokens
from foundation.workflow import Refused

MOST, PER = 30, timedelta(hours=1)  # comments through one link
# Not no-referrer: with it browsers send “Origin: null” and every form here would be refused. No path ever leaves the page.
HEADERS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


@dataclass(frozen=True)
class PartWithRemark(page_context.Part):
    remark: RemarkForm


@require_http_methods(["GET", "HEAD", "POST"])
def preview_link(request: HttpRequest, token: str) -> HttpResponse:
    link = _link(token)
    if link is None or not PreviewLink.objects.working().filter(pk=link.pk).exists():
        response = _ended_page(request, link)
    elif link.edition.language != get_language():
        with override(link.edition.language):
            response = redirect("conditions:preview_link", token=token)
    else:
        response = _keep_remark(request, link) if request.method == "POST" else _page(request, link)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


@require_safe
def preview_link_picture(request: HttpRequest, token: str, digest: str, width: str, kind: str) -> HttpResponse:
    """One size of a picture of the draft, for whoever has the link, and only while it works. Raises Http404 for any other."""
    usable = LibraryPicture.objects.holding(digest).usable().values("name")
    working = PreviewLink.objects.working().filter(token_hash=tokens.hashed(token))
    if not working.filter(edition__sections__picture__in=usable).exists():
        raise Http404
    response = picture_file(digest, width, kind, kept="no-store")
    response.headers["X-Robots-Tag"] = HEADERS["X-Robots-Tag"]
    return response


def _link(token: str) -> PreviewLink | None:
    links = PreviewLink.objects.select_related("edition__condition", "edition__reviewed_by")
    return links.filter(token_hash=tokens.hashed(token)).first()


def _keep_remark(request: HttpRequest, link: PreviewLink) -> HttpResponse:
    form = RemarkForm(request.POST, section=_number(request.POST.get("section", "")))
    if not form.is_valid():
        return _page(request, link, form, status=422)
    if not limits.allowed(request, what="draft comment", most=MOST, per=PER, who=link.token_hash):
        form.add_error(None, _("We keep up to 30 comments an hour. Yours was not kept. Send it again in an hour."))
        return _page(request, link, form, status=429)
    remark = form.cleaned_data
    section = link.edition.sections.filter(pk=remark["section"]).first()  # a section that went leaves the whole
    try:
        preview_links.comment_through_link(link=link, section=section, who=remark["who"], words=remark["words"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, link, form, status=409)
    thanks = redirect(f"{request.path}?done=comment#comments")
    thanks.status_code = 303
    return thanks


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None


def _page(request: HttpRequest, link: PreviewLink, form: RemarkForm | None = None, status: int = 200) -> HttpResponse:
    context = page_context.full_context(link.edition)
    if link.may_comment:
        remarks = _remark_forms(link, form)
        for half in ("sections", "questions"):
            context[half] = [PartWithRemark(**vars(part), remark=remarks[part.section.pk]) for part in context[half]]
        context["remark"] = remarks[None]
    context |= {"link": link, "form": form, "comments": link.comments.all(), "done": "done" in request.GET}
    context["pictures_at"] = "pictures/"  # below this address
    return render(request, "conditions/preview_link.html", context | _no_addresses(), status=status)


def _remark_forms(link: PreviewLink, sent: RemarkForm | None) -> dict[int | None, RemarkForm]:
    """One for each section by its number, and by None one for the whole page; `sent` stands where it was sent from."""
    numbers = [None, *(section.pk for section in link.edition.sections.all())]
    forms = {number: RemarkForm(section=number, who=link.for_whom) for number in numbers}
    if sent:
        forms[sent.about if sent.about in forms else None] = sent
    return forms


def _ended_page(request: HttpRequest, link: PreviewLink | None) -> HttpResponse:
    """One page for what never was, has ended or was revoked; where the text is public by now, with the way to it."""
    live = Edition.objects.live().filter(pk=link.edition_id).first() if link else None
    with override(link.edition.language if link else get_language()):
        context = {"public": live.condition.get_absolute_url() if live else ""} | _no_addresses()
        return render(request, "conditions/preview_link_ended.html", context, status=410 if link else 404)


def _no_addresses() -> dict[str, Any]:
    """The secret address stands nowhere on the page, and there is no twin in another language."""
    return {"page_url": "", "counterpart": reverse("conditions:index")}
