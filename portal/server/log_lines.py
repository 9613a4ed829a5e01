"""The lines of the log, after scrubbing: for people, or as JSON for what collects logs. Their time is UTC and says so."""

import json
import logging
import time
from datetime import UTC, datetime


class PlainLines(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
            "process": record.process,
        }
        trace = "\n".join(filter(None, [record.exc_text, record.stack_info]))
        return json.dumps(facts | ({"trace": trace} if trace else {}), ensure_ascii=False)
