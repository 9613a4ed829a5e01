from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "directory"
    audit_values = dict.fromkeys(["department", "openinghours", "closure", "location", "room", "clinician", "license"], ("*",))
