"""Codes that records asked for and no page is about, for the editors' first page: the code and how often, nothing else."""

import re
from datetime import timedelta

from django.http import HttpRequest

from conditions.models import ConditionCode
from foundation.privacy.limits import allowed
from foundation.search.actions import count_code_miss
from portal.infobutton.question import Question
from portal.server.outage import write_if_possible

MOST, PER = 300, timedelta(hours=1)  # from one address; more is no clinic


def count_codes(request: HttpRequest, question: Question) -> None:
    write_if_possible("a code without a page", lambda: _count(request, question))


def _count(request: HttpRequest, question: Question) -> None:
    """Only what has the form of a code."""
    forms = ConditionCode.FORMATS
    codes = [str(each) for each in question.codes if each.system and re.fullmatch(forms[each.system], each.value)]  # type: ignore[index]
    for code in codes:
        if allowed(request, what="infobutton miss", most=MOST, per=PER):
            count_code_miss(code, question.language)
