from foundation.pages.registry import published, register
from foundation.pages.sitemaps import PublishedSitemap
from news.models import NewsItem


class NewsSitemap(PublishedSitemap):
    model = NewsItem


register(published(NewsItem, NewsSitemap, lists=("news:index",)), NewsItem.conditions.through)
