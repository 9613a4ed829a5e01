"""Sixty faults, each as a sentence about behaviour, and where it is planted.

`path`, `right` and `wrong` are the place in the house before it was rewritten (commit `OLD`). In today's house the same text
is looked for, wherever it stands; where it was rewritten, `NEW` says the place: (path, right, wrong). They were chosen before
tests were cut, and are no work list: a fault that nobody catches gets a test, never a change here.
"""

from dataclasses import dataclass

OLD = "4bfeb93"


@dataclass(frozen=True)
class Fault:
    name: str
    room: str
    says: str
    path: str
    right: str
    wrong: str
    also: tuple[tuple[str, str, str], ...] = ()  # a rule that the model and its migration both hold


F = Fault
FAULTS = [
    # --- appointments ---
    F("a01", "appointments", "A coordinator sees the requests of every department.", "appointments/models/request.py",
      "return self.filter(department__in=Department.objects.filter(coordinators=user))", "return self.all()"),
    F("a02", "appointments", "Closed requests count as open.", "appointments/models/request.py",
      "return self.exclude(status=Request.Status.CLOSED)", "return self.all()"),
    F("a03", "appointments", "A promise counts as missed before its moment.", "appointments/models/request.py",
      "due_at__lt=now or timezone.now()", "due_at__gt=now or timezone.now()"),
    F("a04", "appointments", "What waits for nobody stands first in the queue.", "appointments/models/request.py",
      'models.F("due_at").asc(nulls_last=True)', 'models.F("due_at").asc(nulls_first=True)'),
    F("a05", "appointments", "Wrong dates of birth can be tried without an end.", "appointments/views/unlocking.py",
      "return row.wrong_dates >= WRONG_IN_ALL", "return row.wrong_dates > 10 * WRONG_IN_ALL"),
    F("a06", "appointments", "Any date of birth opens the private page.", "appointments/views/unlocking.py",
      "right = constant_time_compare(born.isoformat(), row.child_born)", "right = bool(born)"),
    F("a08", "appointments", "A time can be offered that has passed.", "appointments/actions/booking.py",
      "if slot.starts_at <= timezone.now():", "if slot.starts_at <= timezone.now() - timedelta(days=30):"),
    F("a09", "appointments", "A family can accept a time that is no longer on offer.", "appointments/actions/family.py",
      "if not request.times.on_offer().filter(pk=time.pk).exists():", "if not request.times.filter(pk=time.pk).exists():"),
    F("a10", "appointments", "A request moves from any state to any.", "appointments/actions/moving.py",
      "if to != before and to not in Request.MOVES[before]:", "if to is None:"),
    F("a11", "appointments", "Of two people who move a request at once, both win.", "appointments/actions/moving.py",
      "    if not moved:\n", "    if moved is None:\n"),
    F("a12", "appointments", "A closed request takes a verb for open ones.", "appointments/actions/moving.py",
      '    if not request.is_open:\n        raise NotAllowed(_("This request is closed. Open it again first."))',
      '    if request.pk is None:\n        raise NotAllowed(_("This request is closed. Open it again first."))'),
    F("a13", "appointments", "A request can be handed over to a department that nobody works for.", "appointments/actions/staff.py",
      "if not receivers.receiving().filter(pk=department.pk).exists():", "if department.pk is None:"),
    F("a14", "appointments", "A request that is open can be erased.", "appointments/actions/privacy.py",
      'raise NotAllowed(_("Close this request first: the family is told, and its times are free again."))', "pass"),
    F("a15", "appointments", "Undoing is possible without an end.", "appointments/actions/undoing.py",
      "timezone.now() - step.at <= UNDO_WITHIN", "timezone.now() >= step.at"),
    F("a17", "appointments", "A date of birth in the future is taken.", "appointments/forms/fields.py",
      "if born > timezone.localdate():", "if born.year > 9000:"),
    F("a18", "appointments", "A robot that fills the hidden box is believed.", "appointments/views/sending.py",
      "if request.POST.get(TRAP) or timezone.now() - journey.began < FASTEST:", "if timezone.now() - journey.began < FASTEST:"),
    F("a19", "appointments", "A draft opens after its 24 hours.", "appointments/steps.py",
      "draft if draft and draft.expires_at > timezone.now() else None", "draft or None"),
    F("a20", "appointments", "A family reads the notes of the staff.", "appointments/views/mine.py",
      "notes = [note for note in row.notes.all() if note.kind != Note.Kind.STAFF]", "notes = [note for note in row.notes.all()]"),
    F("a22", "appointments", "A video visit needs no state.", "appointments/migrations/0001_initial.py",
      "models.Q(models.Q(('mode', 'virtual'), _negated=True), models.Q(('state', ''), _negated=True), _connector='OR')",
      "models.Q(models.Q(('mode', 'virtual'), _negated=True), models.Q(('mode', 'virtual')), _connector='OR')",
      also=(("appointments/models/request.py", '~Q(mode="virtual") | ~Q(state="")', '~Q(mode="virtual") | Q(mode="virtual")'),)),
    F("a23", "appointments", "A request can have two confirmed times.", "appointments/migrations/0001_initial.py",
      "models.UniqueConstraint(condition=models.Q(('status', 'confirmed')), fields=('request',)",
      "models.UniqueConstraint(condition=models.Q(('status', 'never')), fields=('request',)",
      also=(("appointments/models/time.py", 'fields=["request"], condition=Q(status="confirmed")', 'fields=["request"], condition=Q(status="never")'),)),
    F("a24", "appointments", "A visit that nobody came to is booked as one that took place.", "appointments/actions/outcome.py",
      '(OfferedTime.Status.CAME, "came") if came else (OfferedTime.Status.MISSED, "missed")',
      '(OfferedTime.Status.CAME, "came") if True else (OfferedTime.Status.MISSED, "missed")'),
    # --- conditions ---
    F("c01", "conditions", "A text is public before its moment.", "conditions/models/edition.py",
      "status=Edition.Status.APPROVED, publish_at__lte=now or timezone.now()", "status=Edition.Status.APPROVED"),
    F("c02", "conditions", "A published edition can be changed.", "conditions/models/edition.py",
      "            if stored not in self.OPEN or stored != self.status:\n", "            if stored is None:\n"),
    F("c03", "conditions", "A page is overdue on the day it is due.", "conditions/models/edition.py",
      "self.next_review_due < timezone.localdate()", "self.next_review_due <= timezone.localdate()"),
    F("c04", "conditions", "An author signs off their own text.", "conditions/actions/signing.py",
      "    if edition.authors.filter(pk=by.pk).exists():\n", "    if edition.authors.filter(pk=None).exists():\n"),
    F("c05", "conditions", "Anybody who may sign signs in another's name.", "conditions/actions/signing.py",
      "if reviewer.user_id != by.pk:", "if reviewer.user_id is None:"),
    F("c06", "conditions", "A signature holds for any text of the edition.", "conditions/actions/signing.py",
      "edition.sign_offs.filter(revision=edition.revision, digest=edition.digest())", "edition.sign_offs.all()"),
    F("c07", "conditions", "A draft is signed that nobody submitted.", "conditions/actions/signing.py",
      "if stored.status != Edition.Status.SUBMITTED:", "if stored.status is None:"),
    F("c08", "conditions", "Two open drafts of one language.", "conditions/actions/drafting.py",
      "if Edition.objects.open().filter(condition=draft.condition, language=draft.language).exists():",
      "if Edition.objects.open().filter(condition=draft.condition, language=draft.language, pk=None).exists():"),
    F("c09", "conditions", "A text is approved with a picture that has no words.", "conditions/actions/drafting.py",
      'not edition.sections.exclude(picture="").filter(picture_alt="").exists(),', "True,"),
    F("c10", "conditions", "A link to a preview works after its end.", "conditions/models/life.py",
      "self.filter(revoked_at=None, expires_at__gt=now, edition__status__in=Edition.OPEN)",
      "self.filter(revoked_at=None, edition__status__in=Edition.OPEN)"),
    F("c11", "conditions", "A link to a preview works after it was taken back.", "conditions/models/life.py",
      "self.filter(revoked_at=None, expires_at__gt=now, edition__status__in=Edition.OPEN)",
      "self.filter(expires_at__gt=now, edition__status__in=Edition.OPEN)"),
    F("c12", "conditions", "A comment is answered twice.", "conditions/actions/commenting.py",
      'Comment.objects.filter(pk=comment.pk, answer="").update(**facts)', "Comment.objects.filter(pk=comment.pk).update(**facts)"),
    F("c13", "conditions", "An author waits for their own signature.", "conditions/waiting.py",
      "status=Edition.Status.SUBMITTED).exclude(authors=user)", "status=Edition.Status.SUBMITTED)"),
    F("c15", "conditions", "A code with a wrong check digit is stored.", "conditions/models/condition.py",
      'raise ValidationError({"code": ValidationError(_("This is no code of that system. Check each digit."), "code")})', "pass"),
    # --- stories, news ---
    F("s01", "stories", "A story is shown without a paper that covers its text.", "stories/models.py",
      "return super().published(now).with_consent(now).filter(allows_text=True)", "return super().published(now).with_consent(now)"),
    F("s02", "stories", "A paper for print alone shows a story on the site.", "stories/models.py",
      "return self.in_force(now).filter(covers_website=True)", "return self.in_force(now)"),
    F("s03", "stories", "The consent to a text shows the picture.", "stories/models.py",
      "allows_picture=Exists(papers.filter(covers_picture=True))", "allows_picture=Exists(papers.filter(covers_text=True))"),
    F("s04", "stories", "A paper that was revoked is revoked again, on another day.", "stories/actions.py",
      'raise NotAllowed(_("This authorization was revoked already."))', "pass"),
    F("n01", "news", "News and stories are shown after their end.", "foundation/publishing/models/published.py",
      "Q(expires_at=None) | Q(expires_at__gt=now), status=Publishable.Status.PUBLISHED, publish_at__lte=now",
      "status=Publishable.Status.PUBLISHED, publish_at__lte=now"),
    F("n02", "news", "Coverage elsewhere needs no source.", "news/models.py",
      '~Q(source_name="") & ~Q(source_url="")', '~Q(kind="")'),
    # --- directory ---
    F("d01", "directory", "Hours may close before they open.", "directory/models.py",
      'condition=Q(closes__gt=F("opens"))', "condition=Q(weekday__gt=0)",
      also=(("news/migrations/0001_initial.py",
             "models.Q(models.Q(('source_name', ''), _negated=True), models.Q(('source_url', ''), _negated=True))",
             "models.Q(models.Q(('kind', ''), _negated=True))"),)),
    F("d02", "directory", "A department in two zones shows the clock of one of them.", "directory/models.py",
      "return zones.pop() if len(zones) == 1 else settings.TIME_ZONE", "return zones.pop() if zones else settings.TIME_ZONE",
      also=(("directory/migrations/0001_initial.py", "models.Q(('closes__gt', models.F('opens')))", "models.Q(('weekday__gt', 0))"),)),
    # --- foundation ---
    F("f01", "foundation", "A message is sent by two senders at once.", "foundation/outbox/models.py",
      "free = Q(leased_until=None) | Q(leased_until__lte=now)", "free = ~Q(pk=None)"),
    F("f02", "foundation", "A message leaves before its time.", "foundation/outbox/models.py",
      "status=Message.Status.WAITING, next_try_at__lte=now)", "status=Message.Status.WAITING)"),
    F("f03", "foundation", "A message is tried for ever.", "foundation/outbox/actions.py",
      "now + wait > message.leave_at + GIVE_UP", "now + wait > message.leave_at + 1000 * GIVE_UP"),
    F("f05", "foundation", "An altered audit record is not noticed.", "foundation/audit/actions.py",
      "if row.hash != row.computed_hash():", "if not row.hash:"),
    F("f06", "foundation", "Records removed at the end are not noticed.", "foundation/audit/actions.py",
      "    if sequence < head.sequence:\n", "    if sequence < 0:\n"),
    F("f07", "foundation", "A limit allows one more than it says.", "foundation/privacy/limits.py",
      "return bool(cursor.fetchone()[0] <= most)", "return bool(cursor.fetchone()[0] <= most + 1)"),
    F("f08", "foundation", "Every hop of X-Forwarded-For is believed.", "foundation/privacy/limits.py",
      "return hops[-trusted] if trusted and len(hops) >= trusted", "return hops[0] if hops"),
    F("f09", "foundation", "Emails stand in the log.", "foundation/privacy/scrub.py",
      "text = pattern.sub(instead, text)", "pattern.sub(instead, text)"),
    F("f10", "foundation", "A picture whose consent ended is shown.", "foundation/publishing/models/library.py",
      "Q(withdrawn_on__lte=today) | Q(shows_person=True, consent_until__lt=today)", "Q(withdrawn_on__lte=today)"),
    F("f11", "foundation", "A renamed page is not found at its old address.", "foundation/publishing/http.py",
      "raise Moved(former.get_absolute_url())", "raise Http404"),
    F("f12", "foundation", "Links to private networks are followed.", "foundation/publishing/outside.py",
      'raise Fault(_("It leads into a private network. It was not asked."))', "pass"),
    # --- portal ---
    F("p01", "portal", "A password alone opens the admin.", "portal/gate.py",
      "closed and request.user.is_staff and not is_proven(request)", "closed and request.user.is_staff and False"),
    F("p02", "portal", "An idle session never ends.", "portal/gate.py",
      "if seconds_left(request.session) <= 0:", "if seconds_left(request.session) <= -10**9:"),
    F("p03", "portal", "An administrator touches the account of a superuser.", "portal/rights.py",
      "if account.is_superuser and not by.is_superuser:", "if account.is_superuser and by.pk is None:"),
    F("p04", "portal", "A file of a draft's picture answers everybody.", "portal/views/pictures.py",
      "public = any(model.public_rows().filter(picture__in=shown).exists() for model in pictured())", "public = True"),
    F("p05", "portal", "Pages are kept for hosts that are not ours.", "portal/pagecache/asking.py",
      "if names is None or not _is_ours(host):", "if names is None:"),
    F("p07", "portal", "A row of a spreadsheet that has changed since the dry run is written.", "portal/moving/plan.py",
      "if not found.works or found.digest != digest:", "if not found.works:"),
]  # fmt: skip
# Where a fault stands today, if its place was rewritten. Fill in with the rewrite: name: (path, right, wrong).
NEW: dict[str, tuple[str, str, str]] = {
    "a03": ("appointments/models/request.py", "Q(due_at__lt=now) &", "Q(due_at__gt=now) &"),
    "a05": (
        "appointments/views/private_access.py",
        "return row.wrong_dates >= MOST_WRONG_EVER",
        "return row.wrong_dates > 10 * MOST_WRONG_EVER",
    ),
    "a06": (
        "appointments/views/private_access.py",
        "if constant_time_compare(born.isoformat(), row.child_born):",
        "if born:",
    ),
    "a08": ("appointments/actions/booking.py", "if slot.starts_at <= now:", "if slot.starts_at <= now - timedelta(days=30):"),
    "a10": (
        "foundation/workflow.py",
        "if to not in row.MOVES[before] and not (may_stay and to == before):",
        "if to is None:",
    ),
    "a11": (
        "foundation/workflow.py",
        "    if not type(row)._base_manager.filter(**unchanged).update(status=to, **facts):\n",
        "    if type(row)._base_manager.filter(pk=row.pk).update(status=to, **facts) is None:\n",
    ),
    "a12": (
        "appointments/actions/transitions.py",
        '    if not request.is_open:\n        raise Refused(_("This request is closed. Open it again first."))',
        '    if request.pk is None:\n        raise Refused(_("This request is closed. Open it again first."))',
    ),
    "a13": (
        "appointments/actions/staff.py",
        "if not departments.with_receiver().filter(pk=department.pk).exists():",
        "if department.pk is None:",
    ),
    "a14": (
        "appointments/actions/privacy.py",
        'raise Refused(_("Close this request first: the family is told, and its times are free again."))',
        "pass",
    ),
    "a15": ("appointments/actions/undo.py", "timezone.now() - event.at <= UNDO_WITHIN", "timezone.now() >= event.at"),
    "a18": (
        "appointments/views/wizard.py",
        "if request.POST.get(TRAP) or timezone.now() - wizard.began < FASTEST:",
        "if timezone.now() - wizard.began < FASTEST:",
    ),
    "a19": (
        "appointments/wizard.py",
        "drafts.filter(key=tokens.hashed(secret), expires_at__gt=timezone.now()).first()",
        "drafts.filter(key=tokens.hashed(secret)).first()",
    ),
    "c07": ("conditions/actions.py", "if stored.status != Status.SUBMITTED:", "if stored.status is None:"),
    "c08": (
        "conditions/actions.py",
        "if Edition.objects.open().filter(condition=condition, language=language).exists():",
        "if Edition.objects.open().filter(condition=condition, language=language, pk=None).exists():",
    ),
    "c09": (
        "conditions/migrations/0001_initial.py",
        "_connector='OR'), name='conditions_section_picture_alt'",
        "models.Q(('picture_alt', '')), _connector='OR'), name='conditions_section_picture_alt'",
    ),
    "f07": ("foundation/privacy/limits.py", "return attempts.count <= most", "return attempts.count <= most + 1"),
    "p04": (
        "portal/views/pictures.py",
        "public = any(model.public_rows().filter(picture__in=shown).exists() for model in picture_models())",
        "public = True",
    ),
    "p07": ("portal/transfer/csv_import.py", "if not plan.works or plan.digest != digest:", "if not plan.works:"),
    "s04": ("stories/actions.py", 'raise Refused(_("This authorization was revoked already."))', "pass"),
}
