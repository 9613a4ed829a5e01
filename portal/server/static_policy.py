"""What WhiteNoise says of each file; nginx says the same (`deploy/nginx/portal-site.conf`)."""

from wsgiref.headers import Headers


def no_frames(headers: Headers, path: str, url: str) -> None:
    headers["Content-Security-Policy"] = "frame-ancestors 'none'"
