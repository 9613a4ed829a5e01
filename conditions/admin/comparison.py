"""Any two texts of one page side by side: of its versions, and of what was signed."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.comparison import changed, compare
from conditions.models import Edition, SignOff
from foundation.adminkit.panels import Panel
from foundation.adminkit.verbs import in_words


class CompareForm(forms.Form):
    """Which two texts. A value is the number of an edition, or “s” and that of a signature."""

    left = forms.ChoiceField(label=gettext_lazy("Left"))
    right = forms.ChoiceField(label=gettext_lazy("Right"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class ComparePanel(Panel):
    def buttons(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        return [(self.reverse("compare", obj), _("Compare"))]

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/compare/", self.compare_view, "compare")]

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """At first what was published before beside this one."""
        edition = self.find(request, object_id)
        texts = _texts(edition)
        first = {"left": _version_before(edition), "right": str(edition.pk)}
        form = CompareForm(first | request.GET.dict(), choices=[(key, title) for key, (title, _text) in texts.items()])
        context = {"form": form, "original": edition, "title": _("Compare"), "opts": self.admin.opts}
        if form.is_valid():
            left, right = (texts[form.cleaned_data[side]] for side in ("left", "right"))
            places = compare(_text_of(left[1]), _text_of(right[1]))
            context |= {"places": places, "changed": changed(places), "sides": [left[0], right[0]]}
        context |= self.admin.admin_site.each_context(request)
        return TemplateResponse(request, "admin/conditions/edition/compare.html", context)


def _texts(edition: Edition) -> dict[str, tuple[str, Edition | SignOff]]:
    """What can be compared: (title, where the text is) by value of the form."""
    found: dict[str, tuple[str, Edition | SignOff]] = {}
    same_page = Edition.objects.of_page(edition)
    for each in same_page.order_by("-number"):
        found[str(each.pk)] = (f"{_('Version %(number)s') % {'number': each.number}} ({each.get_status_display()})", each)
    for signed in SignOff.objects.filter(edition__in=same_page).select_related("reviewer", "edition").order_by("-pk"):
        words = _("Version %(number)s as %(who)s signed it on %(day)s")
        facts = {"number": signed.edition.number, "who": signed.reviewer, "day": in_words(signed.reviewed_on)}
        found[f"s{signed.pk}"] = (words % facts, signed)
    return found


def _text_of(source: Edition | SignOff) -> list[Any]:
    return source.text if isinstance(source, SignOff) else source.clinical_text()


def _version_before(edition: Edition) -> str:
    """The version before this one, or itself if it is the first."""
    earlier = Edition.objects.of_page(edition).filter(number__lt=edition.number)
    return str(earlier.order_by("-number").values_list("pk", flat=True).first() or edition.pk)
