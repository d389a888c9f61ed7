"""Work that ends when it is canceled, for tests of what goes on beside it."""

import time
from collections.abc import Callable

from app.jobs import Step
from app.jobs.job import Report
from ecgfm_core.errors import Canceled


def waiting(*arguments: object, report: Report, cancel: Callable[[], bool]) -> object:
    report(Step(1, 2, "waiting"))
    while not cancel():
        time.sleep(0.01)
    raise Canceled("Nothing was changed.")
