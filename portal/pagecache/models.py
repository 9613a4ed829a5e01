from django.db import models


class ContentVersion(models.Model):
    """One row. The database raises `number` in the transaction of any change that a reader could see (`portal.pagecache.triggers`)."""

    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="pagecache_one_content_version")]

    def __str__(self) -> str:
        return str(self.number)
