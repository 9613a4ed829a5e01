"""What each worker counts for `/metrics`, in files that all workers of a node share (`PROMETHEUS_MULTIPROC_DIR`).

Without that folder (`runserver`, tests) a process counts for itself.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OWN = CollectorRegistry()

pages = Counter("portal_pages", "Requests for public pages, by how they were answered.", ["answer"], registry=OWN)
from_memory, made = pages.labels("kept"), pages.labels("made")
pages_kept = Gauge("portal_pages_kept", "Things kept in memory.", multiprocess_mode="livesum", registry=OWN)
bytes_kept = Gauge("portal_pages_kept_bytes", "Their size.", multiprocess_mode="livesum", registry=OWN)
render = Histogram(
    "portal_render_seconds",
    "Time in which Django made an answer.",
    ["view", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=OWN,
)
