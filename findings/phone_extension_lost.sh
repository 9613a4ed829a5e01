#!/usr/bin/env bash
# django-phonenumber-field 9.0.0 with its settings as they come: an extension that its form accepts ("212 456 7890 ext. 1234") is gone once the record is saved, without
# an error or a warning: the column holds E.164, which has no place for one, and a family is called back at the switchboard. PHONENUMBER_DB_FORMAT = "RFC3966" keeps it.
# Two numbers that differ in the extension alone are the same in a query too.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 django-phonenumber-field==9.0.0 phonenumbers==9.0.43
"$place/bin/python" - <<'END'
import django
from django.conf import settings

settings.configure(
    PHONENUMBER_DEFAULT_REGION="US", INSTALLED_APPS=["phonenumber_field"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
)
django.setup()
from django.db import connection, models
from phonenumber_field.formfields import PhoneNumberField as FormField
from phonenumber_field.modelfields import PhoneNumberField


class Contact(models.Model):
    phone = PhoneNumberField()

    class Meta:
        app_label = "contacts"


with connection.schema_editor() as editor:
    editor.create_model(Contact)
typed = FormField().clean("212 456 7890 ext. 1234")
contact = Contact(phone=typed)
contact.full_clean()
contact.save()
kept = Contact.objects.get().phone
found = Contact.objects.filter(phone="212 456 7890 ext. 99").count()
print(f"typed: extension {typed.extension}; kept: {kept}, extension {kept.extension}; found by another extension: {found}")
assert (typed.extension, str(kept), kept.extension, found) == ("1234", "+12124567890", None, 1)
END
