from stories.models.authorization import Authorization
from stories.models.story import Story
