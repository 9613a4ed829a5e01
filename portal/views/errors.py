"""Being written."""
from django.http import HttpResponse
def bad_request(request, *args, **kwargs):
    return HttpResponse("")
def forbidden(request, *args, **kwargs):
    return HttpResponse("")
def not_found(request, *args, **kwargs):
    return HttpResponse("")
def server_error(request, *args, **kwargs):
    return HttpResponse("")
