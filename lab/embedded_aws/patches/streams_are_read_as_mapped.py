"""Event source mappings of DynamoDB streams keep to their window, retries, partial failures and on-failure queue.

The emulator hands a function whatever the stream has at once, takes an answer with `batchItemFailures` for success (the
failed records are lost), tries a batch that raises for ever, and runs the function on the thread that polls all
mappings. AWS gathers a batch for its window, goes on from the lowest record that failed, halves a batch that raises
when told to bisect, and sends what failed `MaximumRetryAttempts` times to the on-failure destination:
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
A mapping has one batch in flight, whatever its `ParallelizationFactor`.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, lambda_svc

_FOR_EVER = -1
_NO_RECORD = -1


@dataclass(frozen=True)
class _Standing:
    """Where a mapping stands with the batch that begins at ``position``."""

    position: int
    since: float
    """When the first record of the batch was seen."""
    limit: int | None = None
    """How many records the batch may have, once a larger one was cut."""
    attempts: int = 0


_standings: dict[str, _Standing] = {}


def apply() -> None:
    """Poll streams by this module."""
    lambda_svc._poll_dynamodb_streams = _poll


def _poll() -> bool:
    """Begin at most one batch per mapping; answer whether any was begun or passed over."""
    has_begun = False
    for account_id, region, mapping in lambda_svc._iter_all_esms():
        account = lambda_svc._request_account_id.set(account_id)
        place = lambda_svc._request_region.set(region)
        try:
            has_begun = _begin_batch(mapping) or has_begun
        finally:
            lambda_svc._request_account_id.reset(account)
            lambda_svc._request_region.reset(place)
    return has_begun


def _begin_batch(mapping: dict[str, Any]) -> bool:
    table_name, mapping_id = _table_of(mapping), mapping["UUID"]
    if table_name is None or not mapping.get("Enabled", True) or lambda_svc._esm_inflight.get(mapping_id, 0):
        return False
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if function is None or lambda_svc._esm_backoff_until.get(mapping_id, 0) > time.time():
        return False
    position = _position(mapping, table_name)
    standing = _standings.get(mapping_id)
    if standing is None or standing.position != position:
        standing = _Standing(position, time.monotonic())
    size = standing.limit or int(mapping.get("BatchSize", 100))
    batch = dynamodb.stream_records_since(table_name, position, size)
    if not batch:
        return False
    _standings[mapping_id] = standing
    window_seconds = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if standing.limit is None and len(batch) < size and time.monotonic() - standing.since < window_seconds:
        return False
    lambda_svc._dispatch_esm_batch(mapping_id, _run_batch, mapping, function, standing, batch)
    return True


def _run_batch(
    mapping: dict[str, Any], function: dict[str, Any], standing: _Standing, batch: list[dict[str, Any]]
) -> None:
    wanted = lambda_svc._apply_filter_criteria(batch, mapping)
    if not wanted:
        _go_on(mapping, standing.position + len(batch))
        return
    result = lambda_svc._execute_function(function, {"Records": wanted})
    failed_at = _failed_at(mapping, result, batch)
    if failed_at is None:
        mapping["LastProcessingResult"] = f"OK - {len(wanted)} records"
        lambda_svc._esm_backoff_until.pop(mapping["UUID"], None)
        _go_on(mapping, standing.position + len(batch))
        return
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
    lambda_svc._esm_backoff_until[mapping["UUID"]] = time.time() + lambda_svc._ESM_BACKOFF_SECONDS
    lambda_svc.logger.warning("ESM: %s failed from record %s of %s", mapping["FunctionName"], failed_at, len(batch))
    if failed_at > 0:
        _go_on(mapping, standing.position + failed_at, limit=len(batch) - failed_at)
    elif (shorter := _shorter(mapping, standing, len(batch))) is not None:
        _standings[mapping["UUID"]] = shorter
    else:
        lambda_svc._send_ddb_stream_failure_record(
            mapping, function, batch, mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
        )
        _go_on(mapping, standing.position + len(batch))


def _shorter(mapping: dict[str, Any], standing: _Standing, size: int) -> _Standing | None:
    """Say how a batch that failed from its first record is tried again: halved or once more; none after its last."""
    if mapping.get("BisectBatchOnFunctionError") and size > 1:
        return replace(standing, limit=size // 2)
    retries = int(mapping.get("MaximumRetryAttempts", _FOR_EVER))
    if retries == _FOR_EVER or standing.attempts < retries:
        return replace(standing, limit=size, attempts=standing.attempts + 1)
    return None


def _failed_at(mapping: dict[str, Any], result: dict[str, Any], batch: list[dict[str, Any]]) -> int | None:
    """Place of the first record that failed; 0 when the run failed whole, or named a record that is not there."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
        return None
    answer = result.get("body")
    answer = json.loads(answer) if isinstance(answer, str | bytes) and answer else answer
    failures = (answer or {}).get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return None
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(batch)}
    return max(0, min(places.get(failure.get("itemIdentifier"), _NO_RECORD) for failure in failures))


def _go_on(mapping: dict[str, Any], position: int, limit: int | None = None) -> None:
    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position
    if limit is None:
        _standings.pop(mapping["UUID"], None)
    else:
        _standings[mapping["UUID"]] = _Standing(position, time.monotonic(), limit)


def _position(mapping: dict[str, Any], table_name: str) -> int:
    """Where the next batch begins; records that have expired meanwhile are passed over."""
    begin = dynamodb.stream_start_position(table_name)
    positions = lambda_svc._dynamodb_stream_positions
    with lambda_svc._dynamodb_stream_positions_lock:
        if mapping["UUID"] not in positions:
            is_whole = mapping.get("StartingPosition", "LATEST") == "TRIM_HORIZON"
            positions[mapping["UUID"]] = begin if is_whole else dynamodb.stream_end_position(table_name)
        positions[mapping["UUID"]] = max(positions[mapping["UUID"]], begin)
        position: int = positions[mapping["UUID"]]
    return position


def _table_of(mapping: dict[str, Any]) -> str | None:
    """Name the table whose stream is mapped; none for another source, or a stream that is no more."""
    try:
        source = parse_arn(mapping.get("EventSourceArn", ""))
    except ArnParseError:
        return None
    if source.service != "dynamodb" or (source.account_id, source.region) != (get_account_id(), get_region()):
        return None
    named = lambda_svc._dynamodb_stream_table_from_arn_spec(source)
    table = dynamodb._tables.get(named[0]) if named else None
    return named[0] if table and table.get("LatestStreamArn") == mapping["EventSourceArn"] else None
