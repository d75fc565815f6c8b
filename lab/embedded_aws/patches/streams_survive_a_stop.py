"""What a stream's consumers have not read at a stop is there after the next start.

The emulator keeps how far each event source mapping has read, but not the records: those not read yet are lost, and
later ones are passed over until as many have come as before. AWS keeps stream records for 24 hours:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
Only what some mapping has still to read is kept.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb, lambda_svc

_UNREAD = "unread_stream_records"
_PASSED = "passed_stream_records"


def apply() -> None:
    """Save unread records with the tables, and take them up again with them."""
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_streams() -> dict[str, Any]:
        unread, passed = _unread()
        return {**get_state(), _UNREAD: unread, _PASSED: passed}

    def load_state_with_streams(data: Any) -> None:
        load_state(data)
        for name, loaded in ((_UNREAD, dynamodb._stream_records), (_PASSED, dynamodb._stream_trimmed)):
            for account_id, region, table_name, kept in _entries((data or {}).get(name)):
                loaded.set_scoped(account_id, region, table_name, kept)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state_with_streams, load_state_with_streams


def _unread() -> tuple[AccountRegionScopedDict, AccountRegionScopedDict]:
    """By table: the records that a mapping has still to read, and how many came before them."""
    unread, passed = AccountRegionScopedDict(), AccountRegionScopedDict()
    for account_id, region, table_name, records in _entries(dynamodb._stream_records):
        trimmed = dynamodb._stream_trimmed.get_scoped(account_id, region, table_name, 0)
        end = trimmed + len(records)
        first = min(_positions(account_id, region, table_name), default=end)
        unread.set_scoped(account_id, region, table_name, list(records[max(0, first - trimmed) :]))
        passed.set_scoped(account_id, region, table_name, max(trimmed, min(first, end)))
    return unread, passed


def _positions(account_id: str, region: str, table_name: str) -> list[int]:
    positions = lambda_svc._dynamodb_stream_positions
    return [
        positions.get_scoped(account_id, region, mapping["UUID"], 0)
        for owner, place, mapping in lambda_svc._iter_all_esms()
        if (owner, place) == (account_id, region) and f":table/{table_name}/stream/" in mapping["EventSourceArn"]
    ]


def _entries(scoped: Any) -> list[tuple[str, str, str, Any]]:
    return [(*key, value) for key, value in scoped._data.items()] if scoped is not None else []
