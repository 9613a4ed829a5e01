"""A bare Django: one view that says hello, no middleware, no application, no database. What `bench/serving.py` compares with."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="of a bench " * 5, ROOT_URLCONF=__name__, MIDDLEWARE=[])


def hello(request: HttpRequest) -> HttpResponse:
    """The smallest page."""
    return HttpResponse("hello")


urlpatterns = [path("", hello)]
application = get_wsgi_application()
