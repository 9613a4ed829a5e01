from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField, Field, QuerySet, URLField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override

from foundation.adminkit.verbs import MomentInput, VerbAdmin, VerbForm, clock, in_words
from foundation.pages.models import Publishable
from foundation.prose.days import Moment
from foundation.workflow import Refused


class Publish(VerbForm):
    name = "publish"
    label = gettext_lazy("Publish")
    permission = "change_{model}"
    explain = gettext_lazy("Visitors see it from its “shown from” date, or at once if it has none.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Publishable) -> bool:
        return not obj.is_published

    def act(self) -> str:
        if getattr(self.obj, "picture_gone", False):
            raise Refused(_("Its picture was taken back, or its consent has ended. Choose another picture, or take it away."))
        self.obj.publish()
        _log(self, "published")
        return _("“%(title)s” is published.") % {"title": self.obj}


class Unpublish(VerbForm):
    name = "unpublish"
    label = gettext_lazy("Take back")
    permission = "change_{model}"
    explain = gettext_lazy("It becomes a draft again. Visitors no longer see it, at once.")
    saves_first = False

    @classmethod
    def possible(cls, request: HttpRequest, obj: Publishable) -> bool:
        return obj.is_published

    def act(self) -> str:
        self.obj.unpublish()
        _log(self, "unpublished")
        return _("“%(title)s” is no longer shown.") % {"title": self.obj}


def _log(form: VerbForm, verb: str) -> None:
    admin.site.get_model_admin(type(form.obj)).log_change(form.request, form.obj, verb)


class PublishableAdmin(VerbAdmin):
    formfield_overrides = {DateTimeField: {"form_class": Moment, "widget": MomentInput}, URLField: {"assume_scheme": "https"}}

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        if isinstance(db_field, DateTimeField):
            kwargs["help_text"] = clock()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_verbs(self) -> Any:
        return [Publish, Unpublish]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", rows.with_shown())

    @admin.display(description=gettext_lazy("visitors see it"))
    def state(self, item: Any) -> str:
        """`item` may hold what a form that was refused made of it."""
        if item.pk and item.shown:
            return _("visible")
        if not item.pk or not item.is_published or not item.publish_at:
            return _("draft")
        if item.publish_at > timezone.now():
            return _("hidden until %(day)s") % {"day": in_words(item.publish_at)}
        if item.expires_at and item.expires_at <= timezone.now():
            return _("hidden: shown until %(day)s") % {"day": in_words(item.expires_at)}
        return self.why_hidden(item)

    def why_hidden(self, item: Any) -> str:
        return _("hidden")

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        if not obj or not obj.shown:
            return None
        with override(obj.language):
            return obj.get_absolute_url()
