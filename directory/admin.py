from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from directory.models import Clinician, Closure, Department, License, Location, OpeningHours, Room
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.forms import ProseAdmin, TabularPart
from foundation.adminkit.link_notices import Linked
from foundation.adminkit.picture_forms import PICTURE_FIELDS, PictureForm, Thumbnail
from foundation.adminkit.rights import Change, RightsAdmin, RightsForm
from foundation.adminkit.translations import TranslatedAdmin, TranslatedForm
from foundation.adminkit.working_copies import KeptAdmin


class RoomInline(TabularPart):
    model = Room


@admin.register(Location)
class LocationAdmin(TranslatedAdmin, KeptAdmin, AuditedAdmin):
    inlines = [RoomInline]
    list_display = ["name", "address", "phone", "time_zone", "is_sample"]
    list_filter = ["city", "is_sample"]
    search_fields = ["name", "street", "city", "postal_code"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "street", "city", "state", "postal_code", "time_zone", "phone"]}),
        (_("For families"), {"fields": ["directions", "accessibility", "is_sample"]}),
    ]


class HoursInline(TabularPart):
    model = OpeningHours


class LicenseInline(TabularPart):
    model = License


class ClosureInline(TabularPart):
    model = Closure


@admin.register(Closure)
class ClosureAdmin(AuditedAdmin):
    """Closed days: of one department, or without one of the whole site."""

    list_display = ["day", "department", "reason"]
    list_filter = ["department"]
    list_select_related = ["department"]
    date_hierarchy = "day"


class DepartmentForm(RightsForm, TranslatedForm):
    """Who coordinates sees families' data."""

    def why_not(self, changed: dict[str, Change]) -> Iterator[tuple[str, Any]]:
        before, after = changed["coordinators"]
        if str(self.by.pk) in before ^ after:
            yield (
                "coordinators",
                _("Nobody changes their own rights: ask somebody else to name you as a coordinator, or to take you out."),
            )


class ClinicianForm(RightsForm, PictureForm, TranslatedForm):
    """Whose account it is may sign off."""

    def why_not(self, changed: dict[str, Change]) -> Iterator[tuple[str, Any]]:
        if self.by in changed["user"]:
            yield "user", _("Nobody changes their own rights: ask somebody else to link your account, or to take it away.")


@admin.register(Department)
class DepartmentAdmin(Linked, TranslatedAdmin, KeptAdmin, ProseAdmin, RightsAdmin):
    form = DepartmentForm
    rights = ("coordinators",)

    list_display = ["name", "kind", "phone", "in_person", "virtual", "places", "order", "is_sample"]
    list_filter = ["kind", "in_person", "virtual", "locations", "is_sample"]
    search_fields = ["name", "summary", "phone"]
    autocomplete_fields = ["locations"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [HoursInline, ClosureInline]
    filter_horizontal = ["coordinators"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "summary", "text"]}),
        (_("How to reach it"), {"fields": ["phone", "email", "locations"]}),
        (
            _("When it is closed"),
            {
                "fields": ["after_hours_phone", "after_hours_words"],
                "description": _("Stands beside its number in the urgent advice of every condition that it leads."),
            },
        ),
        (
            _("Visits"),
            {"fields": [("in_person", "virtual"), "licensed_in", ("minutes_new", "minutes_follow_up"), "what_to_bring"]},
        ),
        (
            _("Appointment requests"),
            {
                "fields": [
                    "takes_requests",
                    ("answers_within", "offers_hold", "days_until_ended"),
                    "inbox",
                    "taxonomy_code",
                    "coordinators",
                ]
            },
        ),
        (_("In lists"), {"fields": ["order", "is_sample"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = ["licensed_in"]
        return shown if request.user.has_perm("directory.name_coordinators") else [*shown, "coordinators"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "coordinators":
            kwargs["queryset"] = get_user_model().objects.filter(is_staff=True, is_active=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return super().get_queryset(request).prefetch_related("locations")

    @admin.display(description=_("locations"))
    def places(self, row: Department) -> str:
        return ", ".join(place.name for place in row.locations.all())

    @admin.display(description=_("states for video visits"))
    def licensed_in(self, row: Department) -> str:
        """Of the licenses of its clinicians, which stand with each of them."""
        if row.pk is None:
            return ""
        Department.fetch_licenses([row])
        return ", ".join(row.states)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return obj.get_absolute_url() if obj else None


@admin.register(Clinician)
class ClinicianAdmin(Linked, Thumbnail, TranslatedAdmin, KeptAdmin, ProseAdmin, RightsAdmin):
    """People; linking one to a staff account lets that account sign off."""

    form = ClinicianForm
    rights = ("user",)
    list_display = ["name", "credentials", "role", "works_in", "user", "has_photo", "is_sample"]
    list_filter = ["departments", "is_sample"]
    list_select_related = ["user"]
    search_fields = ["name", "role", "user__username"]
    autocomplete_fields = ["departments", "user"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["thumbnail"]
    inlines = [LicenseInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "credentials", "role", "departments", "helps_with", "languages", "text"]}),
        (_("Photo"), {"fields": PICTURE_FIELDS}),
        (_("Staff account"), {"fields": ["user", "email", "is_sample"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clinician]:
        return super().get_queryset(request).prefetch_related("departments")

    @admin.display(description=_("works in"))
    def works_in(self, row: Clinician) -> str:
        return ", ".join(department.name for department in row.departments.all())

    @admin.display(description=_("photo"), boolean=True)
    def has_photo(self, row: Clinician) -> bool:
        return bool(row.picture)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return obj.get_absolute_url() if obj else None
