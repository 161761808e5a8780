"""What is measured for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "galope_http_requests_total",
    "Requests answered.",
    ("method", "route", "status"),
    registry=REGISTRY,
)

SECONDS = Histogram(
    "galope_http_request_seconds",
    "Seconds until a request was answered.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)

READERS = Gauge("galope_sse_readers", "Readers of the live stream.", registry=REGISTRY)

STATE = {
    name: Gauge(f"galope_{name}", text, registry=REGISTRY)
    for name, text in (
        ("leads_known", "Leads with a stored state."),
        ("leads_due", "Leads whose score is due."),
        ("change_log_bytes", "Size of the change log."),
        ("dead_letters", "Changes set aside."),
        ("heartbeat_age_seconds", "Since the stream last said that it is alive."),
        ("model_version", "Version of the model that scores."),
    )
}
