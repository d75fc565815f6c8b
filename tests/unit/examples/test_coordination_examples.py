from tests.unit.examples.loading import EXAMPLES, example


def test_who_subscribed_hears_of_the_pump_that_overflows():
    assert example("topics").play().overflows == ("p-2",)


def test_gateways_go_together_when_the_last_is_ready():
    assert example("barrier").play() == [[None], [None, None], [1, 1, 1]]


def test_a_leader_that_slept_past_its_lease_is_refused():
    assert example("lease").play() == ("c-1 leads", "token 1 is old, 2 has spoken", 60)


def test_a_dry_depot_takes_half_of_its_siblings_work():
    assert example("work_queue").play() == ("p-3", ("p-1", "p-2"), ("p-4",))


def test_an_image_visits_its_stations_and_a_refusal_comes_home():
    assert example("pipeline").play() == {
        "v1": "v1+check+sign+stamp",
        "untrusted": "station/sign: nobody signs this",
    }


def test_many_askers_cost_one_read():
    assert example("cache").play() == (["map of 7/12"] * 3, 1)


def test_a_failed_sensor_and_what_depends_on_it_begin_anew():
    values, incarnations, letters = example("supervision").play()

    assert values == [(1.0,), (2.0,), ()]
    assert incarnations == [1, 2, 2]
    assert letters == 1, "what the sensor failed on is kept for people"


def test_every_example_is_played():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "topics",
        "barrier",
        "lease",
        "work_queue",
        "pipeline",
        "cache",
        "supervision",
    }
