"""Pages as a reader sees them."""

import re


def text(response):
    """What is read on the page, without tags and soft hyphens."""
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]).split())


def headings(response):
    html = response.content.decode()
    return [re.sub(r"<[^>]*>", "", found).strip() for found in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", html, re.DOTALL)]
