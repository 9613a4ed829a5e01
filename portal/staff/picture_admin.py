"""The picture library in the admin: what is known of each picture, where it stands, replacing it, taking it back."""

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
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.bulk import LookAgainFilter, OwnerFilter, UpkeepAdmin
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.erasing import ErasingForm
from foundation.adminkit.picture_forms import UploadField, image, stored_upload
from foundation.adminkit.verbs import VerbAdmin, VerbForm, VerbMixin, in_words
from foundation.audit.admin import NeverDeleted
from foundation.pictures import library
from foundation.pictures.models import LibraryPicture, Use
from foundation.prose.typed import Prose

WORDS = ["alt", "caption", "credit"]
CONSENT = ["shows_person", "consent_paper", "consent_until"]
UPKEEP = ["owner", "look_again_on", "tags"]
ONE_LINE = {"class": "vTextField"}


class LibraryForm(FreshForm):
    """What is known of a picture; the picture itself only when it is added."""

    upload = UploadField(label=gettext_lazy("Picture"))

    class Meta:
        model = LibraryPicture
        fields = [*WORDS, *CONSENT, "focus_x", "focus_y", *UPKEEP]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["upload"]

    def clean_upload(self) -> Any:
        name, width, height = stored_upload(self.cleaned_data["upload"])
        existing = LibraryPicture.objects.filter(name=name).first()
        if existing:
            self.use_existing(existing)
        else:
            self.instance.name, self.instance.width, self.instance.height = name, width, height
        return self.cleaned_data["upload"]

    def use_existing(self, picture: LibraryPicture) -> None:
        """What to do with an upload that is in the library: refuse it, with a sentence that says where."""
        raise ValidationError(_("This picture is in the library already: “%(words)s”.") % {"words": picture}, code="known")


class Replace(VerbMixin, LibraryForm):
    """Another picture takes its place, with its own words; they start with those of the old one."""

    name = "replace"
    label = gettext_lazy("Replace everywhere")
    permission = "change_librarypicture"
    explain = gettext_lazy("Another picture takes its place, with the words you write here.")
    field_order = ["upload"]

    class Meta(LibraryForm.Meta):
        fields = [*WORDS, *CONSENT]
        widgets: ClassVar = {
            **{name: forms.TextInput(attrs=ONE_LINE) for name in [*WORDS, "consent_paper"]},
            "consent_until": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, obj: LibraryPicture, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(obj, name) for name in WORDS}
        super().__init__(*args, obj=obj, **kwargs)

    def use_existing(self, picture: LibraryPicture) -> None:
        """It serves as well, with the words written here."""
        self.instance = picture

    def act(self) -> str:
        new = self.save()
        library.replace(old=self.obj, new=new, by=self.by)
        return _("“%(words)s” is replaced. Condition pages that need a signature have an open draft now.") % {
            "words": self.obj
        }


class TakeBack(VerbForm):
    name = "take-back"
    label = gettext_lazy("Take back")
    permission = "change_librarypicture"
    refuses_itself = True
    explain = gettext_lazy(
        "From that moment no page shows it, old versions included, and its file answers nobody. "
        "The texts around it stay. This cannot be undone."
    )

    reason = Prose(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Like: the family took back its consent on 8 Sep 2026. Staff alone read it."),
        widget=forms.TextInput(attrs=ONE_LINE),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: LibraryPicture) -> bool:
        return obj.withdrawn_on is None

    def act(self) -> str:
        library.take_back(picture=self.obj, reason=self.cleaned_data["reason"], by=self.by)
        return _("“%(words)s” is taken back. No page shows it any more.") % {"words": self.obj}


class Erase(ErasingForm):
    name = "erase"
    label = gettext_lazy("Erase for good")
    permission = "erase_librarypicture"
    explain = gettext_lazy(
        "Its files are deleted, with all that is known of it. Only a number made of its content stays, so that nobody "
        "adds it again by mistake. This cannot be undone."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: LibraryPicture) -> bool:
        return not LibraryPicture.objects.erased().filter(pk=obj.pk).exists()

    def act(self) -> str:
        library.erase(picture=self.obj, reason=self.cleaned_data["reason"], by=self.by)
        return _("The picture is erased.")


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


class LibraryAdmin(NeverDeleted, UpkeepAdmin, VerbAdmin, AuditedAdmin):
    """Pictures are never deleted: what was published once must be known."""

    form = LibraryForm
    list_display = ["thumbnail", "__str__", "state", "consent_until", "upkeep"]
    list_display_links = ["thumbnail", "__str__"]
    list_filter = [StateFilter, "shows_person", LookAgainFilter, ("owner", OwnerFilter), "tags"]
    autocomplete_fields = ["tags"]
    search_fields = WORDS
    readonly_fields = ["picture", "thumbnail", "state", "where_used"]

    class Media:
        js = [Script("js/admin-focus.js", defer=True)]  # lets a click on the picture set the focus

    def get_queryset(self, request: HttpRequest) -> QuerySet[LibraryPicture]:
        return LibraryPicture.objects.with_gone().select_related("replaced_by", "owner").prefetch_related("tags")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.path.endswith("/autocomplete/"):  # who chooses a picture for a page finds only those that may be shown
            found = found.exclude(pk__in=LibraryPicture.objects.gone())
        return found, may_repeat

    def get_fieldsets(self, request: HttpRequest, obj: LibraryPicture | None = None) -> Any:
        top = ["state", "picture", "where_used"] if obj else ["upload"]
        return [
            (None, {"fields": [*top, *WORDS]}),
            (gettext_lazy("People in it"), {"fields": CONSENT}),
            (gettext_lazy("What every crop keeps in sight"), {"fields": [("focus_x", "focus_y")]}),
            (gettext_lazy("Who looks after it"), {"fields": UPKEEP}),
        ]

    @admin.display(description=gettext_lazy("how it looks"))
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
        rows = [(address, use.words, use.state) for address, use in _uses(obj)]
        items = format_html_join("", '<li><a href="{}">{}</a>: {}</li>', rows)
        return format_html('<ul class="lines">{}</ul>', items) if rows else _("nowhere")

    def get_verbs(self) -> Any:
        return [Replace, TakeBack, Erase]

    def verb_context(self, obj: LibraryPicture, verb: Any) -> dict[str, Any]:
        more = {"plan": library.plan(obj)} if verb is Replace else {"uses": _uses(obj)}
        return {"picture": self.thumbnail(obj)} | more


def _uses(picture: LibraryPicture) -> list[tuple[str, Use]]:
    """Each place that has it, with the page of the admin that changes it."""
    uses = [(use.page._meta, use) for use in library.uses(picture.name)]
    return [(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[use.page.pk]), use) for meta, use in uses]


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
