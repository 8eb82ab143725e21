"""The stopwatch and the record made of it."""

import time
from datetime import UTC, datetime

from oracles.provenance import Stopwatch, provenance


def test_a_stopwatch_reads_the_time_since_it_was_last_read():
    stopwatch = Stopwatch()
    time.sleep(0.05)
    first = stopwatch.read()
    second = stopwatch.read()
    assert 0.05 <= first["seconds"] < 5 and second["seconds"] < first["seconds"]
    assert 0 <= first["cpu_seconds"] <= first["seconds"] + 0.1


def test_a_start_is_utc_in_iso_format():
    started = datetime.fromisoformat(str(Stopwatch().read()["started"]))
    assert abs((datetime.now(UTC) - started).total_seconds()) < 5


def test_a_record_keeps_what_it_is_given_and_invents_nothing():
    record = provenance({"seconds": 2.0}, method="m", settings_hash="h")
    assert (record.seconds, record.cpu_seconds, record.host) == (2.0, 0.0, "")
    assert (record.method, record.settings_hash, record.seed) == ("m", "h", None)
