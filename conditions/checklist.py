"""What a reviewer must judge because no program can: ticked at the sign-off and kept with it.

The questions follow the subjects of the PEMAT for printable materials (AHRQ), in words of our own. A key is stored with
every signature that ticked it, so a key never changes its meaning; a question that goes takes its key with it.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ITEMS: dict[str, str | Promise] = {
    "purpose": _("In its first lines the page says what it is about and whom it is for."),
    "needed": _("Everything on it helps a family to understand or to decide. The rest is left out."),
    "order": _("What matters most to a worried parent comes first, and each part leads to the next."),
    "tone": _("It speaks to the family kindly and directly, and blames nobody."),
    "action": _("It says plainly what to do, in steps small enough to do them, and whom to ask."),
    "balance": _("Good and bad effects of each treatment stand side by side, and neither is made small."),
    "uncertainty": _("Where doctors do not know or do not agree, it says so."),
    "untreated": _("It says what can happen without treatment."),
    "pictures": _("Each picture makes something clearer that words alone would not."),
    "numbers": _("Each number is easy to picture, like 3 in 100 children, and no reader has to do sums."),
    "right": _("It is medically correct as a whole, also in what it leaves out."),
}
