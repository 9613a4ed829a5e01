"""Pages as a reader sees them."""

import re


def body(response):
    """What people are shown; machines are told more, in the head and at the end."""
    return response.content.decode().partition("<body")[2].partition('<script type="application/ld+json">')[0]


def text(response):
    """What is read on the page, without tags and soft hyphens."""
    return " ".join(re.sub(r"<[^>]*>", " ", "<body" + body(response)).split())


def headings(response):
    html = response.content.decode()
    return [re.sub(r"<[^>]*>", "", found).strip() for found in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", html, re.DOTALL)]
