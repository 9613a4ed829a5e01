"""The picture library in the admin: what is known of each picture, where it stands, replacing it, taking it back.

It stands here because it writes the audit record, which `foundation.publishing` knows nothing of.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.picture_forms import UploadField, image, stored_upload
from foundation.adminkit.verbs import Verb, VerbAdmin, in_words, staff
from foundation.audit.actions import record
from foundation.pictures import library
from foundation.pictures.models import LibraryPicture
from foundation.prose.boxes import Prose
from foundation.workflow import Refused

WORDS = ["alt", "caption", "credit"]
CONSENT = ["shows_person", "consent_paper", "consent_until"]


class LibraryForm(forms.ModelForm):
    """What is known of a picture; the picture itself only when it is added."""

    upload = UploadField(label=gettext_lazy("Picture"))

    class Meta:
        model = LibraryPicture
        fields = [*WORDS, *CONSENT, "focus_x", "focus_y"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["upload"]

    def clean_upload(self) -> Any:
        name, width, height = stored_upload(self.cleaned_data["upload"])
        known = LibraryPicture.objects.filter(name=name).first()
        if known:
            self.known(known)
        else:
            self.instance.name, self.instance.width, self.instance.height = name, width, height
        return self.cleaned_data["upload"]

    def known(self, picture: LibraryPicture) -> None:
        """What to do with an upload that is in the library: refuse it, with a sentence that says where."""
        raise ValidationError(_("This picture is in the library already: “%(words)s”.") % {"words": picture}, code="known")


class ReplaceForm(LibraryForm):
    """The picture that takes the place of another, with its own words."""

    class Meta(LibraryForm.Meta):
        fields = [*WORDS, *CONSENT]
        widgets: ClassVar = {
            **{name: forms.TextInput(attrs={"class": "vTextField"}) for name in [*WORDS, "consent_paper"]},
            "consent_until": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    field_order = ["upload"]

    def known(self, picture: LibraryPicture) -> None:
        """It serves as well, with the words written here."""
        self.instance = picture

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        return self.cleaned_data | {"new": self.instance}


class ReasonForm(forms.Form):
    """Why a picture is taken back."""

    reason = Prose(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Like: the family took back its consent on 8 Sep 2026. Staff alone read it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("visitors")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("may", gettext_lazy("May see it")),
            ("gone", gettext_lazy("May not see it any more")),
            ("ending", gettext_lazy("Consent ends within 60 days, or has")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        found = {"may": queryset.usable, "gone": queryset.gone, "ending": lambda: queryset.ending_within(60)}
        return found.get(self.value() or "", queryset.all)()


class LibraryAdmin(VerbAdmin, AuditedAdmin):
    """Pictures are never deleted: what was published once must be known."""

    form = LibraryForm
    refusals = (Refused, Refused)
    list_display = ["thumbnail", "__str__", "credit", "state", "consent_until"]
    list_display_links = ["thumbnail", "__str__"]
    list_filter = [StateFilter, "shows_person"]
    search_fields = WORDS
    readonly_fields = ["picture", "thumbnail", "state", "where_used"]

    class Media:
        """Lets a click on the picture set the focus."""

        js = [Script("js/admin-focus.js", defer=True)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LibraryPicture]:
        return LibraryPicture.objects.with_gone().select_related("replaced_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        found, twice = super().get_search_results(request, queryset, search_term)
        gone = LibraryPicture.objects.gone() if request.path.endswith("/autocomplete/") else LibraryPicture.objects.none()
        return found.exclude(pk__in=gone), twice

    def get_fieldsets(self, request: HttpRequest, obj: LibraryPicture | None = None) -> Any:
        top = ["state", "picture", "where_used"] if obj else ["upload"]
        return [
            (None, {"fields": [*top, *WORDS]}),
            (gettext_lazy("People in it"), {"fields": CONSENT}),
            (gettext_lazy("What every crop keeps in sight"), {"fields": [("focus_x", "focus_y")]}),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, obj: Any) -> SafeString | str:
        return _("not shown") if obj.gone else image(obj.card_srcset()[0][0], obj.alt)

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, obj: Any) -> SafeString | str:
        return _("not shown") if obj.gone else _with_focus(obj)

    @admin.display(description=gettext_lazy("visitors"))
    def state(self, obj: Any) -> str:
        if obj.withdrawn_on:
            return _("taken back on %(day)s: %(why)s") % {"day": in_words(obj.withdrawn_on), "why": obj.withdrawn_reason}
        if obj.gone and obj.consent_until:
            return _("not shown: consent ended %(day)s") % {"day": in_words(obj.consent_until)}
        if obj.replaced_by:
            return _("replaced by “%(words)s”") % {"words": obj.replaced_by}
        return _("may be shown")

    @admin.display(description=gettext_lazy("where it stands"))
    def where_used(self, obj: LibraryPicture) -> SafeString | str:
        rows = [(_address(use.page), use.words, use.state) for use in library.uses(obj.name)]
        items = format_html_join("", '<li><a href="{}">{}</a>: {}</li>', rows)
        return format_html('<ul class="lines">{}</ul>', items) if rows else _("nowhere")

    def get_verbs(self) -> Any:
        return [
            Verb(
                "replace",
                gettext_lazy("Replace everywhere"),
                "change_librarypicture",
                possible=lambda request, picture: True,
                act=_replace,
                explain=gettext_lazy("Another picture takes its place, with the words you write here."),
                form=ReplaceForm,
            ),
            Verb(
                "take-back",
                gettext_lazy("Take back"),
                "change_librarypicture",
                possible=lambda request, picture: picture.withdrawn_on is None,
                act=_take_back,
                explain=gettext_lazy(
                    "From that moment no page shows it, old versions included, and its file answers nobody. "
                    "The texts around it stay. This cannot be undone."
                ),
                form=ReasonForm,
            ),
        ]

    def verb_form(self, request: HttpRequest, obj: LibraryPicture, verb: Verb) -> forms.Form:
        sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        return verb.form(*sent, initial=self.verb_initial(obj, verb))

    def verb_initial(self, obj: LibraryPicture, verb: Verb) -> dict[str, Any]:
        return {name: getattr(obj, name) for name in WORDS} if verb.name == "replace" else {}

    def verb_context(self, obj: LibraryPicture, verb: Verb) -> dict[str, Any]:
        context = {"picture": self.thumbnail(obj)}
        if verb.name == "replace":
            return context | {"plan": library.plan(obj)}
        return context | {"uses": [(_address(use.page), use) for use in library.uses(obj.name)]}


def _address(page: Any) -> str:
    return reverse(f"admin:{page._meta.app_label}_{page._meta.model_name}_change", args=[page.pk])


def _with_focus(picture: LibraryPicture) -> SafeString:
    """The picture with a ring where the focus is; a click moves it (`admin-focus.js`)."""
    return format_html(
        '<span class="focus"><img src="{}" width="{}" height="{}" alt="{}">'
        '<svg aria-hidden="true"><circle cx="{}%" cy="{}%" r="14"/></svg></span>',
        default_storage.url(picture.name),
        picture.width,
        picture.height,
        picture.alt,
        picture.focus_x,
        picture.focus_y,
    )


def _replace(request: HttpRequest, old: LibraryPicture, answers: dict[str, Any]) -> str:
    by, new = staff(request), answers["new"]
    new.save()
    record(by=by, verb="replaced", obj=old, successor=new.pk)
    for row in library.replace(old=old, new=new, by=by):
        record(by=by, verb="replaced the picture of", obj=row)
    return _("“%(words)s” is replaced. Condition pages that need a signature have an open draft now.") % {"words": old}


def _take_back(request: HttpRequest, picture: LibraryPicture, answers: dict[str, Any]) -> str:
    library.take_back(picture=picture, reason=answers["reason"])
    record(by=staff(request), verb="took back", obj=picture)
    return _("“%(words)s” is taken back. No page shows it any more.") % {"words": picture}
