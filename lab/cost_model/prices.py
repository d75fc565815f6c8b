"""What AWS charges, in the region us-east-1: the few prices that Ringtree's bill is made of.

List prices without free tiers or discounts; each with the name it has in AWS's price lists, where it was read and when.
"""

from dataclasses import dataclass

PER_MILLION = 1e-6


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs."""

    name: str
    """Service, what is charged, and tier."""
    usd: float
    """Of one unit, not of a million."""
    unit: str
    source: str
    read_on: str
    """Date of the price list, or of the look-up where there is none; ISO 8601."""


_ROWS, _OCTOBER = "AWS Price List query, rows of us-east-1", "2026-10-08"
_BULK = "AWS Price List Bulk API, offers of us-east-1"
_PAGE = "AWS pricing page, as several public notes quote it; not found in a price list"

HTTP_REQUEST = Price("apigw.http.request.tier1", 1.0 * PER_MILLION, "request", _ROWS, _OCTOBER)
EVENT = Price("eventbridge.classic.custom_event", 1.0 * PER_MILLION, "event of 64 KB", _ROWS, _OCTOBER)
FIFO_REQUEST = Price("sqs.fifo.request.tier1", 0.5 * PER_MILLION, "request of 64 KB", _ROWS, _OCTOBER)
QUEUE_REQUEST = Price("sqs.standard.request.tier1", 0.4 * PER_MILLION, "request of 64 KB", _ROWS, _OCTOBER)
INVOCATION = Price("lambda.request", 0.2 * PER_MILLION, "request", _BULK, "2026-09-28")
GIGABYTE_SECOND = Price("lambda.duration.arm64.tier1", 1.33334e-05, "GB-second on arm64", _BULK, "2026-09-28")
WRITE_UNIT = Price("dynamodb.wru", 0.625 * PER_MILLION, "write unit of 1 KB", _BULK, "2026-09-21")
READ_UNIT = Price("dynamodb.rru", 0.125 * PER_MILLION, "consistent read unit of 4 KB", _BULK, "2026-09-21")
TABLE_GIGABYTE = Price("dynamodb.storage", 0.25, "GB-month", _ROWS, _OCTOBER)
BACKUP_GIGABYTE = Price("dynamodb.pitr", 0.2, "GB-month", _ROWS, _OCTOBER)
TRANSITION = Price("sfn.standard.transition", 25.0 * PER_MILLION, "state transition", _BULK, "2026-10-01")
OBJECT_READ = Price("s3.get", 0.4 * PER_MILLION, "GET", _ROWS, _OCTOBER)
OBJECT_WRITE = Price("s3.put", 5.0 * PER_MILLION, "PUT", _ROWS, _OCTOBER)
LOG_GIGABYTE = Price("cw.logs.ingest", 0.5, "GB taken in", _BULK, "2026-10-01")
ALARM = Price("cw.alarm.standard", 0.1, "alarm-month", _BULK, "2026-10-01")
TRACE = Price("xray.trace.recorded", 5.0 * PER_MILLION, "trace", _PAGE, "2026-11-20")
DASHBOARD = Price("cw.dashboard", 3.0, "dashboard-month", "recalled list price; three are free", "2026-11-20")
SECRET = Price("secretsmanager.secret", 0.4, "secret-month", "recalled list price", "2026-11-20")

IOT_JOB_FIRST = Price(
    "iotdm.job.tier1", 0.003, "remote action, the first 250,000 of a month", "AWS IoT pricing page", "2026-09-20"
)
IOT_JOB_FURTHER = Price("iotdm.job.tier2", 0.0015, "remote action, beyond 250,000", _PAGE, "2026-11-20")
IOT_JOBS_OF_THE_FIRST_TIER = 250_000
