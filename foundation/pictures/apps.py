from django.apps import AppConfig


class PicturesConfig(AppConfig):
    name = "foundation.pictures"
    audit_values = {
        "librarypicture": [
            *("alt", "caption", "credit", "shows_person", "consent_until", "focus_x", "focus_y"),
            *("owner", "look_again_on", "tags"),
        ]
    }
