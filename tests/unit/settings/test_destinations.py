"""What may be a destination."""

import pytest

from lambdas.settings.call_out_worker import CallOutWorkerSettings
from lambdas.settings.destinations import Destination, DestinationError, check_destination, read_destinations
from lambdas.settings.environment_fields import SettingError

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:erp-token-a1b2c3"
ERP = Destination("https://erp.example/orders")


@pytest.mark.parametrize(
    "url", ["https://erp.example", "https://erp.example:8443/orders?plant=2", "https://10.0.0.7/", "https://[::1]/"]
)
def test_addresses_over_https_are_taken(url: str):
    check_destination("erp", Destination(url), allows_loopback=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/hook", "http://[::1]:9000/"])
def test_plain_http_is_taken_on_this_machine_only(url: str):
    check_destination("hook", Destination(url), allows_loopback=True)
    with pytest.raises(DestinationError, match=r"destination 'hook' has .* must begin with https://"):
        check_destination("hook", Destination(url), allows_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp.example/orders",
        "http://erp.example",
        "http://127.0.0.1.erp.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https://user:pass@erp.example/",
        "https://erp.example/#part",
        "https://erp.example:99999/",
        "https://erp.example/a b",
        "https://erp.example/\nHost: other",
        "https://[::1",
    ],
)
def test_other_addresses_are_refused_even_where_this_machine_may_be_called(url: str):
    with pytest.raises(DestinationError, match="destination 'erp'"):
        check_destination("erp", Destination(url), allows_loopback=True)


@pytest.mark.parametrize("name", ["", "ERP", "9to5", "two words", "a/b", "a" * 64])
def test_other_names_are_refused(name: str):
    with pytest.raises(DestinationError, match="lower-case word"):
        check_destination(name, ERP, allows_loopback=False)


@pytest.mark.parametrize("name", ["erp", "plant-2_orders", "a" * 63])
def test_names_are_lower_case_words(name: str):
    check_destination(name, ERP, allows_loopback=False)


@pytest.mark.parametrize(
    ("header", "secret", "finding"),
    [
        ("Authorization", "", "both header and secret"),
        ("", SECRET, "both header and secret"),
        ("User-Agent", SECRET, "no free name"),
        ("idempotency-key", SECRET, "no free name"),
        ("X Token", SECRET, "no free name"),
        ("Authorization", "erp-token", "must be its whole ARN"),
    ],
)
def test_half_or_wrong_secrets_are_refused(header: str, secret: str, finding: str):
    with pytest.raises(DestinationError, match=finding):
        check_destination("erp", Destination(ERP.url, header, secret), allows_loopback=False)


def test_a_destination_may_carry_a_secret():
    check_destination("erp", Destination(ERP.url, "Authorization", SECRET), allows_loopback=False)


def test_destinations_are_written_as_urls_or_objects():
    given = {"erp": ERP.url, "crm": {"url": "https://crm.example", "header": "X-Key", "secret": SECRET}}

    assert read_destinations(given) == {"erp": ERP, "crm": Destination("https://crm.example", "X-Key", SECRET)}


@pytest.mark.parametrize("given", [[], "erp", {"erp": 1}, {"erp": {"address": "https://erp.example"}}])
def test_what_is_no_destination_is_refused(given: object):
    with pytest.raises(DestinationError, match="destinations must be an object"):
        read_destinations(given)


def test_settings_of_the_call_out_worker_are_read_as_they_were_written():
    settings = CallOutWorkerSettings({"erp": ERP, "crm": Destination(ERP.url, "X-Key", SECRET)}, "calls", "records")

    environment = settings.to_environment()

    assert CallOutWorkerSettings.from_environment(environment) == settings
    for name in environment:
        with pytest.raises(SettingError, match=name):
            CallOutWorkerSettings.from_environment(environment | {name: ""})
    with pytest.raises(SettingError, match="DESTINATIONS"):
        CallOutWorkerSettings.from_environment(environment | {"DESTINATIONS": "{"})
