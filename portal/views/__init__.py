from portal.views.home import home
from portal.views.search import search
