from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.pages import structured_data
from stories.models import Story


def describe(request: HttpRequest, story: Story, crumbs: structured_data.Crumbs) -> SafeString:
    """A plain article by whoever the page says tells it: never a review or a rating of our own work."""
    teller = {"@type": "Person", "name": story.signature}
    article = structured_data.article(request, story, kind="Article") | {"author": teller}
    return structured_data.block(article, structured_data.trail(request, crumbs))
