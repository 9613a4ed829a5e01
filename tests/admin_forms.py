"""Sending an admin page's form back as a browser would."""

from conditions.checklist import ITEMS

TICKED = {"checked": list(ITEMS)}  # what a reviewer sends who left nothing out


def filled(page, **changes):
    """What a browser would send from `page` (a response with its context), with `changes`."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {form.add_prefix(name): sent(form[name].value()) for form in forms for name in form.fields}
    return {name: value for name, value in (values | changes).items() if value is not None and value is not False}


def sent(value):
    """Rows are sent as their numbers."""
    return [getattr(each, "pk", each) for each in value] if isinstance(value, list) else value


def told(response):
    """The messages on a page."""
    return [str(message) for message in response.context["messages"]]
