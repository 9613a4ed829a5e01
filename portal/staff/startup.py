from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used
from django.apps import apps
from django.db.models.signals import post_init, post_migrate, pre_migrate

from foundation import duties
from foundation.adminkit.rights import KIND
from foundation.outbox.actions import register
from foundation.privacy import seals
from portal.staff import factor_secrets, invitations
from portal.staff.leaving import INVITATIONS
from portal.staff.rights import compose
from portal.staff.roles import make_roles, remember
from portal.staff.second_factors import factor_changed, factor_used

for signal in (authenticator_added, authenticator_removed, authenticator_reset):
    signal.connect(factor_changed)
authenticator_used.connect(factor_used)
post_init.connect(factor_secrets.bind, sender=Authenticator)
seals.register(seals.Elsewhere(renew=factor_secrets.renew, stored=factor_secrets.stored))
register(KIND, compose)
register(invitations.KIND, invitations.compose)
duties.register(INVITATIONS)
with_models = [app for app in apps.get_app_configs() if app.models_module]  # `migrate` names no others
pre_migrate.connect(remember, sender=with_models[0])
post_migrate.connect(make_roles, sender=with_models[-1])  # when the permissions of all are there
