"""What is kept of the forms of staff: that one was sent, and words that were typed into one and not saved yet."""

from foundation.adminkit.models.sent_form import FORGOTTEN, MOMENT, SentForm
from foundation.adminkit.models.working_copy import WorkingCopy
