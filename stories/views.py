"""Being written."""
from django.http import HttpResponse
def index(request, *args, **kwargs):
    return HttpResponse("")
def story(request, *args, **kwargs):
    return HttpResponse("")
