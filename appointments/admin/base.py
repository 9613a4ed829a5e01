from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from foundation.adminkit.verbs import VerbForm
from foundation.prose.typed import Prose

NOT_CHOSEN = ("", "---------")  # what the record keeps for years is never what merely stood first


class ScopedAdmin(admin.ModelAdmin):
    """`get_queryset` holds the rows of one's own departments; those of other departments are refused, not unknown."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None and object_id.isdecimal() and self.model._base_manager.filter(pk=object_id).exists():
            raise PermissionDenied
        return row


class AllTheSame(forms.CheckboxInput):
    """A box that stands for one moment: ticked for another, it is not ticked for this one."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        super().__init__(check_test=lambda value: value == moment)

    def format_value(self, value: Any) -> str:
        return self.moment

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)


class RequestVerb(VerbForm):
    """A verb of coordinators: `action` does it with the answers of the form, `done` says that it is done.

    `seen` is the version of the request that was on the screen.
    """

    permission = "work_requests"
    refuses_itself = True
    action: Callable[..., Any]
    done: Any
    at_once = False  # its button acts without a page that asks
    reads_wishes = False  # its page shows when the family can come
    until_erased = False  # of a closed request too

    seen = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": _("Look at the request again before you go on.")}
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return not obj.erased_at if cls.until_erased else obj.is_open

    @classmethod
    def label_for(cls, obj: Request) -> str:
        return str(cls.label)

    def call(self, **answers: Any) -> Any:
        """The action, with `answers` instead of those of the form where some are given."""
        return self.action(request=self.obj, by=self.by, **(answers or self.cleaned_data))

    def act(self) -> str:
        self.call()
        return str(self.done)


def words_box(label: Any, help_text: Any) -> Prose:
    return Prose(label=label, help_text=help_text, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


def choice_box(label: Any, choices: Any, *, empty: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[NOT_CHOSEN, *choices], error_messages={"required": empty})
