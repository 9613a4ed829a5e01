from stories.admin import authorization, story
