from conditions import review_mails, turn_mails
from conditions.duties import DUTIES
from conditions.models import Section
from conditions.picture_replacement import REPLACER
from foundation import duties
from foundation.outbox.actions import register
from foundation.pictures import library

library.register(Section, REPLACER)
for mails in (review_mails, turn_mails):
    register(mails.KIND, mails.compose)
duties.register(*DUTIES)
