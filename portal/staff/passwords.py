"""Words that everybody knows of this site are no part of a password that counts."""

import re

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What a guesser tries first here, beside the names of the site and the host.
WORDS = "admin appointment child children clinic coordinator department doctor editor hospital nurse password pediatric portal reviewer"


class OwnWordsValidator(MinimumLengthValidator):
    """At least `min_length` characters beside such words, and beside years."""

    def validate(self, password: str, user: User | None = None) -> None:
        own = f"{WORDS} {settings.SITE_NAME} {settings.SITE_TAGLINE} {' '.join(settings.ALLOWED_HOSTS)}".casefold()
        words = sorted({word for word in re.findall(r"\w+", own) if len(word) > 3}, key=len, reverse=True)
        rest = re.sub("|".join(map(re.escape, [*words, *map(str, range(1900, 2100))])), "", password.casefold())
        if len(rest) < self.min_length:
            raise ValidationError(
                _("Words of this site and years can be guessed. Add at least %(least)s other characters."),
                "own_words",
                {"least": self.min_length},
            )

    def get_help_text(self) -> str:
        return _("Beside words of this site and years it needs at least %(least)s other characters.") % {
            "least": self.min_length
        }
