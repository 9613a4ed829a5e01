#!/usr/bin/env bash
# Django 5.2.19 ties a field to its error for screen readers: aria-describedby="id_born_error", beside aria-invalid="true". The template packs of
# django-crispy-forms 2.7 draw the error themselves, and two give it no id or another: with crispy-tailwind 1.0.3 and
# crispy-bulma 0.12.0 the reference leads nowhere, so the field is read as wrong and nobody hears why. (WAI-ARIA 1.2, aria-describedby.)
# crispy-bootstrap4 2026.2 and crispy-bootstrap5 2026.9 draw it with the id that Django names.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 django-crispy-forms==2.7 crispy-tailwind==1.0.3 \
    crispy-bulma==0.12.0 crispy-bootstrap4==2026.2 crispy-bootstrap5==2026.9
cat > "$place/form.py" <<'END'
import re
import sys

import django
from django.conf import settings

pack = sys.argv[1]
settings.configure(
    INSTALLED_APPS=["crispy_forms", f"crispy_{pack}"],
    CRISPY_TEMPLATE_PACK=pack,
    CRISPY_ALLOWED_TEMPLATE_PACKS=[pack],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    ROOT_URLCONF=(),
)
django.setup()

from crispy_forms.utils import render_crispy_form
from django import forms


class Child(forms.Form):
    born = forms.DateField(help_text="Month, day, year")


html = render_crispy_form(Child({"born": "soon"}))
ids = re.findall(r'\bid="([^"]+)"', html)
named = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
assert "Enter a valid date" in html and 'aria-invalid="true"' in html
print(*(f"{name} {'stands' if name in ids else 'missing'}" for name in named), sep=", ")
END
while read -r pack expected; do
    seen=$("$place/bin/python" "$place/form.py" "$pack")
    echo "crispy-$pack: $seen"
    [ "$seen" = "id_born_helptext stands, id_born_error $expected" ]
done <<'END'
bootstrap4 stands
bootstrap5 stands
tailwind missing
bulma missing
END
