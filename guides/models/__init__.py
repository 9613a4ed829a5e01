from guides.models.guide import FALLBACK, Guide, GuideText
from guides.models.notice import Notice
