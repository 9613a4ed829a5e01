from appointments.models.clinic_hours import Away, CalendarFeed, ClinicHours, Schedule, VideoRoom
from appointments.models.draft import Draft
from appointments.models.earlier import EarlierOffer, EarlierWish
from appointments.models.handover import HandOver, ReceivingSystem
from appointments.models.history import ContactAttempt, FamilyAct, LegalHold, Note, RequestEvent
from appointments.models.request import Request
from appointments.models.time import OfferedTime
