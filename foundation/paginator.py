"""One rule for every list with pages: a number that is no page of it leads to the first."""

from typing import Any

from django.core.paginator import InvalidPage, Paginator


class FirstPaginator(Paginator):
    def validate_number(self, number: Any) -> int:
        try:
            return super().validate_number(number)
        except InvalidPage:
            return 1
