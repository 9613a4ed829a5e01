from django import forms

from directory.models import Department


class DepartmentFilter(forms.Form):
    """Whose clinicians to list; one that is not there counts as none."""

    department = forms.SlugField(required=False, max_length=100)

    def chosen(self) -> Department | None:
        slug = self.cleaned_data["department"] if self.is_valid() else ""
        return Department.objects.filter(slug=slug).first() if slug else None
