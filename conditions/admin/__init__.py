"""The staff side of conditions."""

from conditions.admin.condition import ConditionAdmin
from conditions.admin.edition import EditionAdmin
from conditions.admin.feedback import PageFeedbackAdmin
from conditions.admin.glossary import GlossaryTermAdmin, PlainWordAdmin

__all__ = ["ConditionAdmin", "EditionAdmin", "GlossaryTermAdmin", "PageFeedbackAdmin", "PlainWordAdmin"]
