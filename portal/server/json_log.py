"""The log as a line of JSON for each record, for what collects logs; after the same scrubbing."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Time in UTC."""

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
