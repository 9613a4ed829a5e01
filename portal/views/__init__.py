"""Pages that belong to no single room."""

from portal.views.home import home
from portal.views.search import search
