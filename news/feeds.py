"""Being written."""
from django.contrib.syndication.views import Feed
class NewsFeed(Feed):
    title = ""; link = "/"; description = ""
