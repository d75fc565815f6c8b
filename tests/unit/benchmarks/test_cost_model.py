import pytest

from lab.cost_model import prices
from lab.cost_model.bill import BillLine, bill_of, iot_jobs_usd
from lab.cost_model.prices import HTTP_REQUEST, TRACE, Price

ALL_PRICES = [value for value in vars(prices).values() if isinstance(value, Price)]


def test_a_bill_adds_up_its_lines():
    bill = bill_of([BillLine("requests", 5, HTTP_REQUEST), BillLine("traces", 2, TRACE, is_assumed=True)])

    assert bill.usd == pytest.approx(5e-6 + 10e-6)
    assert bill.counted_usd == pytest.approx(5e-6)


def test_a_bill_times_a_million_is_a_million_times_as_dear():
    bill = bill_of([BillLine("requests", 5, HTTP_REQUEST)])

    assert bill.times(1_000_000).usd == pytest.approx(5.0)


def test_what_was_not_used_is_not_on_the_bill():
    assert bill_of([BillLine("requests", 0, HTTP_REQUEST)]).lines == ()


def test_a_million_device_updates_by_iot_jobs_cost_1875_dollars():
    assert iot_jobs_usd(1_000_000) == pytest.approx(1875.0)


def test_a_thousand_device_updates_by_iot_jobs_cost_3_dollars():
    assert iot_jobs_usd(1_000) == pytest.approx(3.0)


def test_every_price_says_what_it_is_of_and_where_it_was_read():
    assert ALL_PRICES
    assert all(price.usd > 0 and price.name and price.unit and price.source for price in ALL_PRICES)
    assert all(price.read_on.startswith("2026-") for price in ALL_PRICES)


def test_no_price_is_listed_twice():
    assert len({price.name for price in ALL_PRICES}) == len(ALL_PRICES)
