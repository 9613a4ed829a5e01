"""Finished pages in memory, in front of Django: a published page is made once for each change, not once for each reader.

`portal.wsgi` wraps Django's application in `PageCache`. Decision 0015 says what is kept, for how long, and why it is exact.
"""
