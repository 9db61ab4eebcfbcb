"""When a recurring chore is due, so that only one worker runs it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Duty(models.Model):
    """One chore of the workers. The worker that moves ``due_at`` ahead runs the chore."""

    name = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, help_text="When it last ended well.")

    class Meta:
        verbose_name_plural = _("duties")

    def __str__(self) -> str:
        return self.name
