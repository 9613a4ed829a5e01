"""Being written."""
from django.http import HttpResponse
def search(request, *args, **kwargs):
    return HttpResponse("")
