"""In the news: our own articles, and pointers to what others wrote."""

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions.forms import ConditionFilter
from conditions.models import Condition
from directory.models import Department
from foundation.pages.http import find, paginate, public_page
from foundation.pages.models import PublishableQuerySet
from foundation.pages.structured_data import block, trail
from foundation.prose.text import safe_html
from news.models import NewsItem
from news.structured_data import describe


@public_page(query=("page", "condition"))
def index(request: HttpRequest) -> HttpResponse:
    crumbs = [(_("Home"), reverse("home")), (_("News"), "")]
    condition = ConditionFilter(request.GET).chosen()
    items = _visible().for_readers(get_language() or "en")
    context = paginate(request, items.filter(conditions=condition) if condition else items)
    context |= {"condition": condition, "crumbs": crumbs, "structured": block(trail(request, crumbs))}
    return render(request, "news/index.html", context)


@public_page
def item(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(_visible(), slug)
    crumbs = [(_("Home"), reverse("home")), (_("News"), reverse("news:index")), (row.title, "")]
    context = {
        "item": row,
        "text": safe_html(row.text, under_title=True),
        "crumbs": crumbs,
        "alternates": row.addresses(),
        "canonical": translate_url(row.get_absolute_url(), row.language),
        "structured": describe(request, row, crumbs),
    }
    return render(request, "news/item.html", context)


def _visible() -> PublishableQuerySet:
    readable = Condition.objects.readable(get_language() or "en")
    by_department = Exists(Department.objects.filter(name=OuterRef("author")))
    found = NewsItem.objects.with_pictures().published().annotate(by_department=by_department)
    return found.prefetch_related(Prefetch("conditions", readable))
