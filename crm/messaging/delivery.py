"""Sending a message to a mobile number or an email address, after the commit."""

import structlog
from django.core.mail import send_mail

from crm.kernel.transactions import after_commit
from crm.messaging.sms import SmsNotSent, get_sms_gateway

log = structlog.get_logger(__name__)


def send_after_commit(*, channel: str, to: str, subject: str, text: str) -> None:
    """Send a text when the unit of work has committed; ``channel`` is ``mobile`` or ``email``.

    A failure is logged without the text: who waits for the message asks for another one.
    """
    after_commit(lambda: _send(channel, to, subject, text))


def _send(channel: str, to: str, subject: str, text: str) -> None:
    try:
        if channel == "email":
            send_mail(subject, text, None, [to])
        else:
            get_sms_gateway().send(to=to, text=text)
    except (SmsNotSent, OSError) as failure:
        log.error("message_not_sent", channel=channel, failure=type(failure).__name__)
