"""Being written."""
from django.http import HttpResponse
def picture(request, *args, **kwargs):
    return HttpResponse("")
