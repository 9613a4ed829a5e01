"""In words: what a foreign text held and ours does not, by name and place."""

from collections.abc import Iterable

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.prose.foreign import Conversion, Loss, Lost

MOST = 10  # that one sentence names
SENTENCES = {
    Lost.STRUCK: gettext_lazy("Words that were struck out or deleted were left out:"),
    Lost.HIDDEN: gettext_lazy("Hidden words were left out:"),
    Lost.LINK: gettext_lazy("Links are kept with https:// only. These were taken out, their words stayed:"),
    Lost.PICTURE: gettext_lazy("Pictures were left out. Add them in their own box:"),
    Lost.SPAN: gettext_lazy(
        "Cells over several rows or columns stand once now, the cells beside or below are empty. Fill them:"
    ),
    Lost.LINES: gettext_lazy(
        "A table within a table, or one too wide, became lines, its cells apart by “|”. Check the numbers:"
    ),
    Lost.FIELD: gettext_lazy(
        "Word computed these words, or let somebody choose them. They stand as the file showed them last. Check:"
    ),
    Lost.SIGN: gettext_lazy("Signs of a font for signs stand as the letter that they show, or as [?]. Check:"),
    Lost.FOOTNOTE: gettext_lazy("Footnotes stand as [1], [2] … now, their words at the end of the section:"),
    Lost.DRAWING: gettext_lazy("Charts, diagrams and things of other programs were left out:"),
    Lost.FORMULA: gettext_lazy("Formulas are written on one line now. Check:"),
    Lost.CONTENTS: gettext_lazy("Tables of contents were left out, the page makes its own:"),
    Lost.MARGIN: gettext_lazy("What stands above and below each sheet was left out:"),
    Lost.TITLE: gettext_lazy("The title was left out, the page has the name of the condition:"),
}


def sentences(found: Conversion) -> list[str]:
    lists = [(words, found.of(why)) for why, words in SENTENCES.items()]
    return [f"{words} {in_a_list(losses)}" for words, losses in lists if losses]


def in_a_list(losses: Iterable[Loss]) -> str:
    named = list(dict.fromkeys(_named(loss) for loss in losses))
    more = len(named) - MOST
    rest = [ngettext("%(count)d more", "%(count)d more", more) % {"count": more}] if more > 0 else []
    return ", ".join([*named[:MOST], *rest])


def _named(loss: Loss) -> str:
    what, near = Truncator(loss.what).chars(200), Truncator(loss.near).chars(60)
    if not near:
        return f"“{what}”" if what else _("one without a name")
    facts = {"what": f"“{what}”" if what else _("one without a name"), "near": near}
    return _("%(what)s (at “%(near)s”)") % facts
