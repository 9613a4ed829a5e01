"""What readers see, as `portal.pagecache.triggers` needs to know it of every room.

Parts of an edition are not among it: while they can be changed nobody sees them, and once people see them they cannot be.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import override

from conditions.models import Condition, ConditionCode, ConditionName, Edition, GlossaryTerm
from directory.models import Clinician, Closure, Department, Location, OpeningHours
from foundation.pages.models import OldSlug
from foundation.pictures.models import LibraryPicture
from news.models import NewsItem
from portal.pagecache.triggers import Shown
from stories.models import Authorization, Story

PUBLISHED = "{row}.status = 'published'"
MOMENTS = ("publish_at", "expires_at")

SHOWN = [
    Shown(Edition, "{row}.status IN ('approved', 'withdrawn')", ("publish_at",)),
    Shown(Story, PUBLISHED, MOMENTS),
    Shown(NewsItem, PUBLISHED, MOMENTS),
    *map(Shown, [Authorization, LibraryPicture, OldSlug]),
    *map(Shown, [Condition, ConditionName, ConditionCode, GlossaryTerm]),
    *map(Shown, [Department, OpeningHours, Closure, Location, Clinician]),
    *map(Shown, [Condition.departments.through, Condition.related.through, Condition.not_to_be_confused_with.through]),
    *map(Shown, [Department.locations.through, Clinician.departments.through]),
    *map(Shown, [Story.conditions.through, NewsItem.conditions.through]),
]


def addresses_since(ago: timedelta) -> list[str]:
    """The paths of what was published or appeared by itself within the last `ago`, each in its own language."""
    now, paths = timezone.now(), []
    for model in (Edition, Story, NewsItem):
        for row in model._base_manager.filter(publish_at__gt=now - ago, publish_at__lte=now)[:20]:
            with override(row.language):
                paths.append((row.condition if isinstance(row, Edition) else row).get_absolute_url())
    return paths
