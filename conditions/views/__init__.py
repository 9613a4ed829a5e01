"""The condition pages, their lists, their history, and what readers say of them."""

from conditions.views.feedback import feedback
from conditions.views.lists import glossary, index
from conditions.views.pages import condition, qr_code
from conditions.views.shared import shared, shared_picture
from conditions.views.versions import version, versions

__all__ = ["condition", "feedback", "glossary", "index", "qr_code", "shared", "shared_picture", "version", "versions"]
