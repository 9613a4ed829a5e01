from foundation.pages.registry import published, register
from foundation.pages.sitemaps import PublishedSitemap
from stories.models import Authorization, Story


class StorySitemap(PublishedSitemap):
    model = Story


register(published(Story, StorySitemap, lists=("stories:index",)), Authorization, Story.conditions.through)
