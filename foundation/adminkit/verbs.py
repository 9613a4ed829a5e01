"""Verbs in the admin: buttons on an object, each with a page that asks first."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from foundation.adminkit.idempotency import once
from foundation.workflow import Refused


def staff(request: HttpRequest) -> User:
    """Who asks: the admin lets nobody in without an account."""
    return cast("User", request.user)


def in_words(moment: date) -> str:
    """A day (or a moment's day on the site's clock) like “8 Sep 2026”."""
    return date_format(timezone.localtime(moment) if isinstance(moment, datetime) else moment, "j M Y")


class VerbMixin:
    """Something done with one object, on a page of its own: GET asks, POST acts. A form that has this is all of a verb.

    Its fields are what it asks, `possible` decides about the button alone, and `act` does it and returns the sentence that
    says what happened (or a dictionary: what the verb's own page then shows, which no message, session or log keeps); it refuses
    by raising `Refused`. `permission` is a codename of the object's app (`{model}` in it is the
    name of the object's model), or several with spaces between of which one will do. What was typed into the change form is
    saved on the way there, unless `saves_first` says no: what is shown to nobody any more need not be shown first.
    """

    name: str
    label: Any
    permission: str
    explain: Any = ""
    saves_first = True
    do_not_call_in_templates = True  # templates get the class itself

    def __init__(self, *args: Any, request: HttpRequest, obj: Any, **kwargs: Any) -> None:
        self.request, self.obj, self.by = request, obj, staff(request)
        super().__init__(*args, **kwargs)

    @classmethod
    def possible(cls, request: HttpRequest, obj: Any) -> bool:
        return True

    def act(self) -> str | dict[str, Any]:
        raise NotImplementedError


class VerbForm(VerbMixin, forms.Form):
    """A verb that asks a few things, or nothing."""


class SavesFirst(admin.ModelAdmin):
    """The buttons above a change form are buttons of that form: what was typed is saved, then they lead on.

    With errors, or if somebody else saved meanwhile, the form comes back with all that was typed. A button beside which
    nothing was typed leads on at once (`admin-keep.js`).
    """

    def find(self, request: HttpRequest, object_id: str, *, to: str = "view") -> Any:
        """The object for who may view (or change) it. Raises Http404 and PermissionDenied."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not getattr(self, f"has_{to}_permission")(request, obj):
            raise PermissionDenied
        return obj

    def own_path(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=self._url_name(name))

    def own_address(self, name: str, obj: Any) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=[obj.pk])

    def _url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def buttons(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """(address, label) of where one can go from the form of `obj`."""
        return []

    def addresses_without_saving(self, obj: Any) -> set[str]:
        """Those of `buttons` that lead on without saving."""
        return set()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = context.get("original")
        if obj:
            context["buttons"] = self.buttons(request, obj)
            context["saves_first"] = self.has_change_permission(request, obj)
            context["shown_at_once"] = getattr(obj, "is_published", False)
            context["without_saving"] = without = self.addresses_without_saving(obj)
            context["some_save"] = any(address not in without for address, _label in context["buttons"])
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        address = request.POST.get("then", "")
        inside = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(reverse("admin:index"))
        if not inside:
            return super().response_change(request, obj)
        self.message_user(request, _("What you typed in “%(title)s” is saved.") % {"title": obj}, messages.SUCCESS)
        return HttpResponseRedirect(address)


class VerbAdmin(SavesFirst):
    """Buttons for the verbs of a model. `refusals` are the exceptions by which a verb says why not, in plain words.

    `keeps_typed`: the browser keeps what is typed until it is saved (`admin-keep.js`). Never for what is personal.
    """

    refusals: tuple[type[Exception], ...] = (Refused,)
    keeps_typed = False

    def get_verbs(self) -> Sequence[type[VerbMixin]]:
        return []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verb_view)
        own = [
            path(f"<path:object_id>/{verb.name}/", view, {"name": verb.name}, name=self._url_name(verb.name))
            for verb in self.get_verbs()
        ]
        return own + super().get_urls()

    def _may(self, request: HttpRequest, verb: Any) -> bool:
        codenames = verb.permission.format(model=self.opts.model_name).split()
        return any(request.user.has_perm(f"{self.opts.app_label}.{codename}") for codename in codenames)

    def buttons(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        return [
            (self.own_address(verb.name, obj), verb.label)
            for verb in self.get_verbs()
            if self._may(request, verb) and verb.possible(request, obj)
        ]

    def addresses_without_saving(self, obj: Any) -> set[str]:
        return {self.own_address(verb.name, obj) for verb in self.get_verbs() if not verb.saves_first}

    @once
    def verb_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        obj = self.find(request, object_id)
        verb: Any = next(verb for verb in self.get_verbs() if verb.name == name)
        if not self._may(request, verb):
            raise PermissionDenied
        sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form, shown = verb(*sent, initial=self.verb_initial(obj, verb), request=request, obj=obj), {}
        if form.is_valid():
            try:
                with transaction.atomic():
                    done = form.act()
            except self.refusals as refusal:
                form.add_error(None, str(refusal))
            else:
                if isinstance(done, str):
                    messages.success(request, done, extra_tags="saved")
                    return HttpResponseRedirect(self.after_verb(request, obj))
                shown = done
        return self.render_verb(request, verb, form, {"original": obj, "subtitle": obj} | self.verb_context(obj, verb) | shown)

    def after_verb(self, request: HttpRequest, obj: Any) -> str:
        return self.own_address("change", obj)

    def verb_initial(self, obj: Any, verb: Any) -> dict[str, Any]:
        return {}

    def verb_context(self, obj: Any, verb: Any) -> dict[str, Any]:
        return {}

    def render_verb(self, request: HttpRequest, verb: Any, form: forms.BaseForm, context: dict[str, Any]) -> HttpResponse:
        """The page that asks; a verb with more to show has a template of its own."""
        context |= {"title": verb.label, "verb": verb, "form": form, "opts": self.opts, "media": self.media + form.media}
        context["keeps_typed"] = self.keeps_typed
        own = f"admin/{self.opts.app_label}/{self.opts.model_name}"
        templates = [f"{own}/{verb.name}.html", f"{own}/verb.html", "admin/verb.html"]
        return TemplateResponse(request, templates, self.admin_site.each_context(request) | context)


def clock() -> str:
    """The site's clock in words, to stand beside every moment that staff type."""
    return _("On the clock in %(city)s.") % {"city": settings.TIME_ZONE.rpartition("/")[2].replace("_", " ")}


class MomentInput(forms.DateTimeInput):
    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local"})
