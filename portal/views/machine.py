"""Being written."""
from django.http import HttpResponse
def sitemap(request, *args, **kwargs):
    return HttpResponse("")
def robots(request, *args, **kwargs):
    return HttpResponse("")
def opensearch(request, *args, **kwargs):
    return HttpResponse("")
def security_txt(request, *args, **kwargs):
    return HttpResponse("")
def favicon(request, *args, **kwargs):
    return HttpResponse("")
def healthz(request, *args, **kwargs):
    return HttpResponse("")
def readyz(request, *args, **kwargs):
    return HttpResponse("")
