from foundation.pages.registry import PublishedSitemap, published, register
from news.models import NewsItem


class NewsSitemap(PublishedSitemap):
    model = NewsItem


register(published(NewsItem, NewsSitemap, lists=("news:index",)), NewsItem.conditions.through)
