"""The logger and the metrics that all functions share. Traces are the platform's: functions have active tracing on.

Log lines are JSON on standard output; the service's name comes from ``POWERTOOLS_SERVICE_NAME``, the level from
``POWERTOOLS_LOG_LEVEL``. Metrics are written as log lines too (embedded metric format) and cost no call.
"""

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics

METRICS_NAMESPACE = "Ringtree"

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)
