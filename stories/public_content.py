from foundation.pages.registry import PublishedSitemap, published, register
from stories.models import Authorization, Story


class StorySitemap(PublishedSitemap):
    model = Story


register(published(Story, StorySitemap, lists=("stories:index",)), Authorization, Story.conditions.through)
