"""The states of the United States: where our places are, where clinicians are licensed, where a child is during a video visit.

With the District of Columbia, the territories, and the three “states” of mail to the armed forces, as the US Postal Service
writes them (Publication 28, appendix B).
"""

import re

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

STATES = {
    "AL": _("Alabama"),
    "AK": _("Alaska"),
    "AS": _("American Samoa"),
    "AZ": _("Arizona"),
    "AR": _("Arkansas"),
    "CA": _("California"),
    "CO": _("Colorado"),
    "CT": _("Connecticut"),
    "DE": _("Delaware"),
    "DC": _("District of Columbia"),
    "FL": _("Florida"),
    "GA": _("Georgia"),
    "GU": _("Guam"),
    "HI": _("Hawaii"),
    "ID": _("Idaho"),
    "IL": _("Illinois"),
    "IN": _("Indiana"),
    "IA": _("Iowa"),
    "KS": _("Kansas"),
    "KY": _("Kentucky"),
    "LA": _("Louisiana"),
    "ME": _("Maine"),
    "MD": _("Maryland"),
    "MA": _("Massachusetts"),
    "MI": _("Michigan"),
    "MN": _("Minnesota"),
    "MS": _("Mississippi"),
    "MO": _("Missouri"),
    "MT": _("Montana"),
    "NE": _("Nebraska"),
    "NV": _("Nevada"),
    "NH": _("New Hampshire"),
    "NJ": _("New Jersey"),
    "NM": _("New Mexico"),
    "NY": _("New York"),
    "NC": _("North Carolina"),
    "ND": _("North Dakota"),
    "MP": _("Northern Mariana Islands"),
    "OH": _("Ohio"),
    "OK": _("Oklahoma"),
    "OR": _("Oregon"),
    "PA": _("Pennsylvania"),
    "PR": _("Puerto Rico"),
    "RI": _("Rhode Island"),
    "SC": _("South Carolina"),
    "SD": _("South Dakota"),
    "TN": _("Tennessee"),
    "TX": _("Texas"),
    "UT": _("Utah"),
    "VI": _("U.S. Virgin Islands"),
    "VT": _("Vermont"),
    "VA": _("Virginia"),
    "WA": _("Washington"),
    "WV": _("West Virginia"),
    "WI": _("Wisconsin"),
    "WY": _("Wyoming"),
    "AA": _("Armed Forces Americas"),
    "AE": _("Armed Forces Europe"),
    "AP": _("Armed Forces Pacific"),
}


def check_state(code: str) -> None:
    """Raises ValidationError unless `code` are the two letters of a state."""
    if code not in STATES:
        raise ValidationError(_("“%(code)s” is no state. Write two capital letters, like NY."), "state", {"code": code})


def check_states(codes: str) -> None:
    """Raises ValidationError that names what in “NY, NJ, CT” is no state."""
    if not re.fullmatch(r"([A-Z]{2}(, ?[A-Z]{2})*)?", codes):
        raise ValidationError(_("Write them like NY, NJ, CT."), "states")
    unknown = [f"“{code}”" for code in re.findall("[A-Z]{2}", codes) if code not in STATES]
    if unknown:
        words = ngettext(
            "%(codes)s is no state or territory of the United States. Write them like NY, NJ, CT.",
            "%(codes)s are no states or territories of the United States. Write them like NY, NJ, CT.",
            len(unknown),
        )
        raise ValidationError(words, "states", {"codes": get_text_list(unknown, gettext("and"))})
