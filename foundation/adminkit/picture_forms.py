"""How the forms of public content take a picture: from the library or as an upload, with its words."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy

from foundation.adminkit.edit_conflicts import FreshForm
from foundation.adminkit.forms import OnlyNumbers
from foundation.pictures import images
from foundation.pictures.models import LibraryPicture, Pictured

PICTURE_FIELDS: list[Any] = ["thumbnail", "library", ("upload", "no_picture"), "picture_alt", "picture_caption"]


class LibraryChoice(OnlyNumbers, AutocompleteSelect):
    """Searches the library by what is known of a picture: the address that answers belongs to the library's own link."""

    def __init__(self) -> None:
        super().__init__(LibraryPicture._meta.get_field("replaced_by"), admin.site)


class UploadField(forms.FileField):
    def __init__(self, **kwargs: Any) -> None:
        words = gettext_lazy(
            "JPEG, PNG or WebP, up to 20 MB. Place and camera data are taken out; of a moving picture the first moment stays."
        )
        super().__init__(help_text=words, widget=forms.FileInput(attrs={"accept": "image/*"}), **kwargs)


def stored_upload(upload: Any) -> tuple[str, int, int]:
    """`images.store` of an uploaded file. Raises ValidationError for what is no picture, and for one that was taken back."""
    name, width, height = images.store(upload.read())
    gone = LibraryPicture.objects.gone().filter(name=name).first()
    if gone:
        if not gone.width:  # erased: its files must not come back
            images.delete([file for file, _width in images.srcset(name)])
        why = gone.withdrawn_reason or _("the consent of the person shown has ended")
        raise ValidationError(_("This picture may not be shown any more: %(why)s") % {"why": why}, code="gone")
    return name, width, height


class PictureForm(forms.ModelForm):
    """Takes a picture from the library or an upload, or takes it away, and insists on words for those who cannot see it."""

    library = forms.ModelChoiceField(
        queryset=LibraryPicture.objects.all(),
        label=gettext_lazy("From the library"),
        required=False,
        widget=LibraryChoice,
        help_text=gettext_lazy("Search by what the picture tells, its caption or its credit. Its words come with it."),
    )
    upload = UploadField(label=gettext_lazy("New picture"), required=False)
    no_picture = forms.BooleanField(label=gettext_lazy("Take the picture away"), required=False)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        chosen, upload = self.cleaned_data.get("library"), self.cleaned_data.get("upload")
        if self.cleaned_data.get("no_picture"):
            self.instance.picture, self.instance.picture_width, self.instance.picture_height = "", 0, 0
        elif upload:
            try:
                stored = stored_upload(upload)
            except ValidationError as error:
                self.add_error("upload", error)
            else:
                self.instance.picture, self.instance.picture_width, self.instance.picture_height = stored
        elif chosen:
            self._choose(chosen)
        if self.instance.picture and not self.cleaned_data.get("picture_alt"):
            self.add_error("picture_alt", _("Say what the picture tells someone who cannot see it."))
        return cleaned

    def _choose(self, chosen: LibraryPicture) -> None:
        """With its words, where nobody wrote others for this place just now."""
        if LibraryPicture.objects.gone().filter(pk=chosen.pk).exists():
            self.add_error("library", _("This picture may not be shown any more. Choose another."))
            return
        typed = {name: self.cleaned_data.get(name) for name in ("picture_alt", "picture_caption") if name in self.changed_data}
        self.instance.point_at(chosen)
        for name in ("picture_alt", "picture_caption"):
            self.cleaned_data[name] = typed.get(name) or getattr(self.instance, name)


class PicturedForm(FreshForm, PictureForm):
    pass


class Thumbnail:
    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, obj: Pictured) -> SafeString | str:
        if not obj.picture:
            return "–"
        if obj.picture_gone:
            return _("taken back, or its consent has ended: visitors do not see it")
        return image(obj.picture_srcset()[0][0], obj.picture_alt)


def image(name: str, alt: str) -> SafeString:
    return format_html('<img class="thumbnail" src="{}" alt="{}" loading="lazy">', default_storage.url(name), alt)
