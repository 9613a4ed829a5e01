"""Being written."""
from django.http import HttpResponse
def index(request, *args, **kwargs):
    return HttpResponse("")
def condition(request, *args, **kwargs):
    return HttpResponse("")
def versions(request, *args, **kwargs):
    return HttpResponse("")
def version(request, *args, **kwargs):
    return HttpResponse("")
def feedback(request, *args, **kwargs):
    return HttpResponse("")
def glossary(request, *args, **kwargs):
    return HttpResponse("")
