"""What a reader is shown of a news item; the preview for staff shows the same."""

from typing import Any

from django.urls import reverse, translate_url
from django.utils.translation import gettext as _

from foundation.prose.text import safe_html
from news.models import NewsItem


def page_of(item: NewsItem) -> dict[str, Any]:
    return {
        "item": item,
        "text": safe_html(item.text, under_title=True),
        "crumbs": [(_("Home"), reverse("home")), (_("News"), reverse("news:index")), (item.title, "")],
        "canonical": translate_url(item.get_absolute_url(), item.language),
    }
