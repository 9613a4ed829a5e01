"""Being written."""
from django.http import HttpResponse


def departments(request, *args, **kwargs):
    return HttpResponse("")
def department(request, *args, **kwargs):
    return HttpResponse("")
def clinician(request, *args, **kwargs):
    return HttpResponse("")
