from conditions.models.condition import Condition, ConditionCode, ConditionName
from conditions.models.edition import FALLBACK, LEVELS, MOST_POINTS, PUBLISHED, TEXT_FIELDS, Edition
from conditions.models.feedback import PageFeedback
from conditions.models.glossary import FirstWord, GlossaryTerm, MedicineWarning
from conditions.models.parts import Section, Source, Translation
from conditions.models.workflow import Comment, EditionEvent, PlainWord, PlannedApproval, Presence, PreviewLink, SignOff
