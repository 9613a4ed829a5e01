"""The states of the United States: where our places are, where clinicians are licensed, where a child is during a video visit.

With the District of Columbia, the territories, and the three “states” of mail to the armed forces, as the US Postal Service
writes them (Publication 28, appendix B).
"""

from django.core.exceptions import ValidationError
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
