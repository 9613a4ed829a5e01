from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions.forms import ConditionFilter
from directory.models import Department
from foundation.pages.http import find, paginate, public_page
from foundation.pages.models import PublishableQuerySet
from foundation.pages.structured_data import Thing, article, block, list_context, trail
from news.models import NewsItem
from news.page_context import page_of, with_conditions


@public_page(query=("page", "condition"))
def index(request: HttpRequest) -> HttpResponse:
    condition = ConditionFilter(request.GET).chosen()
    items = _visible().for_readers(get_language() or "en")
    shown = items.filter(conditions=condition) if condition else items
    context = list_context(request, _("News")) | paginate(request, shown, is_filtered=condition is not None)
    return render(request, "news/index.html", context | {"condition": condition})


@public_page
def item(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(_visible(), slug)
    context = page_of(row)
    context["alternates"] = row.addresses()
    context["structured"] = block(_described(request, row), trail(request, context["crumbs"]))
    return render(request, "news/item.html", context)


def _described(request: HttpRequest, row: Any) -> Thing:
    """Our own article is a NewsArticle; coverage is a page of ours that cites somebody else's."""
    if row.kind != NewsItem.Kind.ARTICLE:
        return article(request, row, kind="WebPage") | {"citation": _cited(row)}
    author = {"@type": "MedicalOrganization" if row.by_department else "Person", "name": row.author}
    return article(request, row, kind="NewsArticle") | ({"author": author} if row.author else {})


def _cited(row: NewsItem) -> Thing:
    return {
        "@type": "NewsArticle",
        "url": row.source_url,
        "datePublished": row.source_date.isoformat() if row.source_date else "",
        "publisher": {"@type": "Organization", "name": row.source_name},
    }


def _visible() -> PublishableQuerySet:
    by_department = Exists(Department.objects.filter(name=OuterRef("author")))
    return with_conditions(NewsItem.objects.with_pictures().published().annotate(by_department=by_department))
