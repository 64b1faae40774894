"""Start-time fair queuing: every job gets a virtual time, and the queue starts them in that order.

A job's virtual time is `max(its owner's clock, the queue's clock) + cost / weight`. So a person with a thousand jobs
and ten people with three each take turns, and nobody saves up turns by staying away.
"""

from django.db.models import FloatField, Value
from django.db.models.functions import Greatest

from accounts.models import User
from generation.models import QueueClock, UserClock

RENDER = "render"


def lock_clock(user: User) -> UserClock:
    """The person's clock, held until the transaction ends: their submissions are counted one after the other."""
    clock, _ = UserClock.objects.select_for_update().get_or_create(user=user)
    return clock


def next_vtime(clock: UserClock, cost: float) -> float:
    """Move the person's clock past a job of this cost, and return the job's virtual time."""
    queue_vtime = QueueClock.objects.filter(name=RENDER).values_list("vtime", flat=True).first() or 0.0
    clock.vtime = max(clock.vtime, queue_vtime) + cost / clock.weight
    clock.save(update_fields=["vtime"])
    return clock.vtime


def lock_queue() -> None:
    """Let claims through one at a time, so that no two workers count an owner's running jobs at once."""
    QueueClock.objects.select_for_update().get_or_create(name=RENDER)


def advance_queue(vtime: float) -> None:
    QueueClock.objects.filter(name=RENDER).update(vtime=Greatest("vtime", Value(vtime, output_field=FloatField())))
