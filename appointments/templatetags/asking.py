"""Where a page leads to who wants an appointment."""

from django import template
from django.template.context import Context
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def ask_address(context: Context) -> str:
    """The start of a request, about the condition or with the department that the page is about."""
    condition, department = context.get("condition"), context.get("department")
    about = {}
    if condition:
        about = {"condition": condition.slug}
    elif department and department.takes_requests:
        about = {"department": department.slug}
    return reverse("appointments:start", query=about)
