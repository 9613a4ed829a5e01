"""What of a colleague who leaves somebody must go on with: pages, texts on their way, texts to sign; and their preview links."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conditions.actions import log_event
from conditions.models import Condition, Edition, PreviewLink
from foundation.audit.actions import record
from foundation.audit.values import Change
from foundation.duties import Access, Duty
from foundation.workflow import Refused, name_of


def _owned(user: User) -> QuerySet[Condition]:
    return Condition.objects.filter(owner=user).prefetch_related("names")


def _give_pages(*, user: User, to: User, by: User) -> None:
    for condition in _owned(user):
        Condition.objects.filter(pk=condition.pk).update(owner=to)
        _record(condition, by, str(_("owner")), user.get_username(), to.get_username())


def _written(user: User) -> QuerySet[Edition]:
    """Drafts, and texts that wait for their day."""
    scheduled = Q(status=Edition.Status.APPROVED, publish_at__gt=timezone.now())
    return Edition.objects.filter(Q(status__in=Edition.OPEN) | scheduled, authors=user).select_related("condition")


def _give_texts(*, user: User, to: User, by: User) -> None:
    """Who goes on writing is an author from now on, and is told whose turn it is; who wrote it stays named.

    Raises Refused where they are asked to sign it: no author can.
    """
    for edition in _written(user):
        if edition.is_open and edition.asked.filter(user=to).exists():
            asked = _("%(name)s is asked to sign “%(text)s”, which nobody can who writes it. Name another colleague.")
            raise Refused(asked % {"name": name_of(to), "text": edition})
        edition.authors.add(to)
        _record(edition, by, str(_("written by")), "", to.get_username())


def _to_sign(user: User) -> QuerySet[Edition]:
    return Edition.objects.open().filter(asked__user=user).select_related("condition")


def _give_signing(*, user: User, to: User, by: User) -> None:
    """Raises Refused where they wrote it."""
    for edition in _to_sign(user):
        if edition.authors.filter(pk=to.pk).exists():
            wrote = _("%(name)s wrote “%(text)s” and cannot sign it. Name another colleague.")
            raise Refused(wrote % {"name": name_of(to), "text": edition})
        edition.asked.remove(user.clinician)
        edition.asked.add(to.clinician)
        _record(edition, by, str(_("reviewers asked")), name_of(user), name_of(to))


def _record(obj: Condition | Edition, by: User, field: str, old: str, new: str) -> None:
    record(by=by, verb="handed on", obj=obj, changes=[Change(field=field, old=old, new=new)])


def _end_links(*, user: User, by: User) -> int:
    links = list(PreviewLink.objects.working().filter(made_by=user).select_related("edition"))
    for link in links:
        PreviewLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        log_event(edition=link.edition, by=by, verb="revoked", words=link.for_whom, link=link.pk)
    return len(links)


def _editors() -> QuerySet[User]:
    return User.objects.with_perm("conditions.change_edition").filter(is_staff=True)


def _signers() -> QuerySet[User]:
    return User.objects.with_perm("conditions.sign_off_edition").filter(is_staff=True, clinician__isnull=False)


DUTIES: list[Duty | Access] = [
    Duty("pages", _("Pages they keep up to date"), _owned, _editors, _give_pages),
    Duty("texts", _("Drafts and scheduled texts they wrote"), _written, _editors, _give_texts),
    Duty("signing", _("Texts that wait for their signature"), _to_sign, _signers, _give_signing),
    Access(_("preview links"), _end_links),
]
