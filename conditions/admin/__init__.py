"""The staff side of conditions."""

from conditions.admin.condition import ConditionAdmin
from conditions.admin.edition import EditionAdmin
from conditions.admin.words import GlossaryTermAdmin, PageFeedbackAdmin, PlainWordAdmin

__all__ = ["ConditionAdmin", "EditionAdmin", "GlossaryTermAdmin", "PageFeedbackAdmin", "PlainWordAdmin"]
