"""The clinic hours of each clinician: every week, days away, the standing video link, the calendar feed."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _, ngettext

from appointments.models import Away, CalendarFeed, ClinicHours, OfferedTime, Schedule, VideoRoom
from appointments.time_text import short
from directory.models import Department, Location, Room
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.forms import TabularPart
from foundation.audit.admin import NeverAdded, NeverDeleted
from foundation.audit.models import Record
from foundation.prose.typed import Link

NAMED = 10  # visits in a message
EMPTY = {"location": _("by video"), "room": _("any that is free")}


class ClinicHoursInline(TabularPart):
    model = ClinicHours
    extra = 1
    formfield_overrides = {models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        own = Department.objects.filter(clinicians=match.kwargs["object_id"] if match else None)
        rows: dict[str, QuerySet[Any]] = {
            "department": own,
            "location": Location.objects.filter(departments__in=own).distinct(),
            "room": Room.objects.filter(location__departments__in=own).select_related("location").distinct(),
        }
        if db_field.name in rows:
            kwargs |= {"queryset": rows[db_field.name], "empty_label": EMPTY.get(db_field.name, "---------")}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        for button in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
            if field and hasattr(field.widget, button):
                setattr(field.widget, button, False)
        return field


class AwayInline(TabularPart):
    model = Away
    extra = 1


class VideoRoomForm(forms.ModelForm):
    link = Link(label=_("standing video link"), assume_scheme="https")

    class Meta:
        model = VideoRoom
        fields = ["link"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        room = kwargs.get("instance")
        if room and room.unreadable():
            room.link = ""
        super().__init__(*args, **kwargs)
        self.fields["link"].widget.attrs["aria-label"] = self.fields["link"].label


class VideoRoomInline(TabularPart):
    model = VideoRoom
    form = VideoRoomForm
    extra = 1


class CalendarFeedInline(NeverAdded, TabularPart):
    """Only to take it back: the clinician makes it, on the page of visits."""

    model = CalendarFeed
    fields = ["made_at"]
    readonly_fields = ["made_at"]
    verbose_name = verbose_name_plural = _("private address for the own calendar")


class ScheduleForm(FreshForm):
    """Rows may come from a spreadsheet too."""

    @classmethod
    def records(cls, obj: Schedule) -> QuerySet[Record]:
        rows = [str(pk) for pk in obj.clinic_hours.values_list("pk", flat=True)]
        return Record.objects.about(obj) | Record.objects.filter(kind=ClinicHours._meta.label_lower, object_id__in=rows)


@admin.register(Schedule)
class ScheduleAdmin(NeverAdded, NeverDeleted, AuditedAdmin):
    form = ScheduleForm
    list_display = ["name", "credentials", "works_in", "rows"]
    list_filter = ["departments"]
    search_fields = ["name"]
    fields = ["name", "works_in"]
    readonly_fields = ["name", "works_in"]
    inlines = [ClinicHoursInline, AwayInline, VideoRoomInline, CalendarFeedInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        rows: QuerySet[Schedule] = super().get_queryset(request)
        return rows.prefetch_related("departments").annotate(clinics=Count("clinic_hours"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing of the clinician is changed here."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Visits on days away stand: who planned the days moves them, or not."""
        super().save_related(request, form, formsets, change)
        visits = OfferedTime.objects.standing().filter(clinician=form.instance).select_related("request")
        days = [(row.first_day, row.last_day) for row in form.instance.away.all()]
        with_day = [(time, time.starts_at.astimezone(ZoneInfo(time.zone)).date()) for time in visits]
        if on_days := [time for time, day in with_day if any(first <= day <= last for first, last in days)]:
            named = ", ".join(f"{time.request}, {short(time.starts_at, time.zone)}" for time in on_days[:NAMED])
            words = _("Visits that stand on days away (%(count)d): %(named)s. Move each from its request.")
            messages.warning(request, words % {"count": len(on_days), "named": named})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        return super().render_change_form(request, context | {"is_nav_sidebar_enabled": False}, *args, **kwargs)

    @admin.display(description=_("departments"))
    def works_in(self, row: Schedule) -> str:
        return ", ".join(department.name for department in row.departments.all())

    @admin.display(description=_("clinic hours"))
    def rows(self, row: Any) -> str:
        if not row.clinics:
            return str(_("none: the opening hours of the department count"))
        return ngettext("%d a week", "%d a week", row.clinics) % row.clinics

    def get_view_on_site_url(self, obj: Any = None) -> None:
        return None
