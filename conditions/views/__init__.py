"""The condition pages, their lists, their history, and what readers say of them."""

from conditions.views.feedback import feedback
from conditions.views.lists import glossary, index
from conditions.views.pages import condition, qr_code
from conditions.views.preview_links import preview_link, preview_link_picture
from conditions.views.versions import version, versions

__all__ = [
    "condition",
    "feedback",
    "glossary",
    "index",
    "preview_link",
    "preview_link_picture",
    "qr_code",
    "version",
    "versions",
]
