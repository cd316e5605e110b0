"""The saving by spot, on the launch form, on the cluster's page and in the API; and none of it where AWS tells no price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localaws.cloud import LocalCloud
from tests.support.http import Api, reaches, until
from tests.support.prices import forget_prices
from tests.support.settings import site_settings
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

TYPES = ["m5.xlarge", "m5a.xlarge"]


@pytest.fixture(autouse=True)
def on_spot() -> Iterator[None]:
    """Workers on spot, of two types, and no price known yet."""
    forget_prices()
    with site_settings(spot=True, worker_types=TYPES):
        yield
    forget_prices()


def ready(cloud: LocalCloud, somebody: Api, **changes: Any) -> str:
    """The path of a cluster that is ready, on the page of which a sweep has been."""
    path = f"/clusters/{somebody.launch(**{'size': 3} | changes)['id']}"
    reaches(somebody, path, "WAITING")
    sweep(cloud)
    return path


def failing(*_: Any) -> Any:
    raise RuntimeError("AWS does not tell its prices just now")


def form(somebody: Api, signed_in: Callable[..., Visitor]) -> Any:
    somebody.add_key()
    page = signed_in(somebody("GET", "/me").body["username"]).get("/clusters/new")
    assert page.status == 200
    return page.text


def test_the_form_says_what_spot_saves(cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    assert "spot instances" not in form(somebody, signed_in)
    assert somebody("GET", "/prices").body["items"] == []
    sweep(cloud)
    said = form(somebody, signed_in)
    # 0.192 * 40 % + 0.048 instead of 0.192 + 0.048, and as much for the other type
    assert "currently $0.112 to $0.125 per worker-hour instead of $0.215 to $0.240 on demand" in said
    assert "That saves about 48%." in said
    assert "This is an estimate" in said
    first, second = somebody("GET", "/prices").body["items"]
    assert (first["instance_type"], first["on_demand"], first["spot"]) == ("m5.xlarge", "0.2400", "0.1248")
    assert (second["instance_type"], second["on_demand"], second["spot"]) == ("m5a.xlarge", "0.2150", "0.1118")
    assert first["is_estimate"] is True


def test_the_form_says_nothing_of_spot_where_the_site_does_not_use_it(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    sweep(cloud)
    with site_settings(worker_types=TYPES):
        assert "spot instances" not in form(somebody, signed_in)
        assert somebody("GET", "/prices").body["items"] == []


def test_a_cluster_says_what_it_saves_and_has_saved(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    sweep(cloud)
    path = ready(cloud, somebody, lifetime=24)
    cloud.clock.advance(hours=2)
    running = somebody("GET", path).body
    saving = running["saving"]
    assert saving["percent"] == 48
    # Three workers for two hours; other tests move the clock on, never back.
    assert float(saving["instance_hours"]) >= 6
    assert float(saving["on_demand"]) == pytest.approx(float(saving["instance_hours"]) * 0.24, abs=0.02)
    assert float(saving["paid"]) == pytest.approx(float(saving["instance_hours"]) * 0.1248, abs=0.02)
    assert float(saving["saved"]) == pytest.approx(float(saving["on_demand"]) - float(saving["paid"]))
    page = signed_in(running["owner"]).get(path).text
    assert "Saved by spot" in page
    assert "so far (48%)" in page
    assert "Estimated from when" in page
    somebody("POST", f"{path}/terminate")
    ended = reaches(somebody, path, "TERMINATED")
    cloud.clock.advance(hours=5)
    assert somebody("GET", path).body["saving"] == ended["saving"]
    assert f"About ${ended['saving']['saved']} (48%)" in signed_in(running["owner"]).get(path).text


def test_workers_that_fell_back_to_on_demand_saved_nothing(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    sweep(cloud)
    cloud.emr.spot_delay = 10**6
    try:
        cluster = somebody.launch(size=3)
        path = f"/clusters/{cluster['id']}"
        until(lambda: somebody("GET", path).body["status_reason"])  # it waits for spot capacity
        cloud.clock.advance(minutes=11)
        reaches(somebody, path, "WAITING")
    finally:
        cloud.emr.spot_delay = 0
    sweep(cloud)
    assert somebody("GET", path).body["saving"]["saved"] == "0.00"
    assert "none of its workers are spot instances" in signed_in(cluster["owner"]).get(path).text


def test_on_demand_there_is_nothing_to_save(cloud: LocalCloud, somebody: Api) -> None:
    sweep(cloud)
    assert somebody("GET", ready(cloud, somebody, size=1)).body["saving"] is None
    with site_settings(worker_types=TYPES):
        assert somebody("GET", ready(cloud, somebody)).body["saving"] is None


@pytest.mark.parametrize("down", ["call", "spot_call"])
def test_without_a_price_there_is_a_page_without_the_saving(
    cloud: LocalCloud,
    somebody: Api,
    signed_in: Callable[..., Visitor],
    monkeypatch: pytest.MonkeyPatch,
    down: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cloud.prices, down, failing)
        sweep(cloud)
        assert "spot instances" not in form(somebody, signed_in)
        path = ready(cloud, somebody)
        record = somebody("GET", path).body
        assert record["saving"] is None
        assert signed_in(record["owner"]).get(path).status == 200
    sweep(cloud)  # learns the prices
    sweep(cloud)
    assert somebody("GET", path).body["saving"]["percent"] == 48


def test_prices_are_asked_for_as_seldom_as_they_change(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []
    listed, spot = cloud.prices.call, cloud.prices.spot_call

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*params: Any) -> Any:
            questions.append(name)
            return call(*params)

        return answer

    monkeypatch.setattr(cloud.prices, "call", noted("listed", listed))
    monkeypatch.setattr(cloud.prices, "spot_call", noted("spot", spot))
    counted = []
    for minutes in (0, 5, 61, 24 * 60):
        cloud.clock.advance(minutes=minutes)
        questions.clear()
        sweep(cloud)
        counted.append((questions.count("spot"), questions.count("listed")))
    assert counted == [
        (1, 5),
        (0, 0),
        (1, 0),
        (1, 5),
    ]  # one call for all types on spot, two for each type on demand, one for EBS


def test_an_old_spot_price_is_not_shown(cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(cloud)
    monkeypatch.setattr(cloud.prices, "spot_call", failing)
    cloud.clock.advance(hours=25)
    sweep(cloud)
    assert somebody("GET", "/prices").body["items"] == []
