"""Practical pages for families, and the notices that a hospital owes its visitors."""

from guides.models.guide import FALLBACK, Guide, GuideText
from guides.models.notice import Notice
