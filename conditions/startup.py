"""What the library of pictures and the outbox call this room for."""

from conditions.models import Section
from conditions.picture_replacement import REPLACER
from conditions.review_mails import KIND, compose
from foundation.outbox.actions import register
from foundation.pictures import library

library.register(Section, REPLACER)
register(KIND, compose)
