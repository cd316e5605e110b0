"""What an extension costs is said before it is made, and so is that budgets do not know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import uuid4

import pytest

from chalicelib.budgets.rules import Budget
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.text import dollars
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction
from localaws.cloud import LocalCloud
from tests.cloud.budgets.test_budgets import body_of, name_of
from tests.support.budgets import budgeted
from tests.support.http import Api, reaches
from tests.support.prices import forget_prices
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

UNRESERVED = "No price is known, so nothing is reserved of the month's "
PARTLY = "A part of what it may cost is not reserved of the month's "


@pytest.fixture(autouse=True)
def no_prices() -> Iterator[None]:
    forget_prices()
    yield
    forget_prices()


def test_the_api_estimates_an_extension(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    sweep(cloud)
    made = somebody("POST", "/clusters", body_of(somebody)).body["id"]
    reaches(somebody, f"/clusters/{made}", "WAITING")
    body = {"extension": {"cluster": made, "hours": 3}}
    estimate = somebody("POST", "/estimates", body).body
    assert estimate["per_hour"] == Cluster.get(made).per_hour
    assert Decimal(estimate["total"]) == 3 * Decimal(estimate["per_hour"]) > 0
    assert "unreserved" not in estimate
    refused = api(f"stranger-{uuid4().hex[:8]}")("POST", "/estimates", body)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "extension.cluster")
    both = somebody("POST", "/estimates", body | {"cluster": {"size": 1}})
    assert both.body["errors"][0]["message"] == "Name one cluster, job or extension to estimate."


def test_the_api_says_that_nothing_is_reserved(cloud: LocalCloud, somebody: Api) -> None:
    with budgeted(people={(name := name_of(somebody)): Budget("100.00")}):
        made = somebody("POST", "/clusters", body_of(somebody)).body["id"]
        reaches(somebody, f"/clusters/{made}", "WAITING")
        body = {"extension": {"cluster": made, "hours": 3}}
        assert somebody("POST", "/estimates", body).body["unreserved"].startswith(f"{UNRESERVED}budget of {name}.")
        extended = somebody("POST", f"/clusters/{made}/extend", {"hours": 3}).body
        assert extended["unreserved"].startswith(f"{UNRESERVED}budget of {name}.")
        sweep(cloud)
        assert "unreserved" not in somebody("POST", "/estimates", body).body
        extended = somebody("POST", f"/clusters/{made}/extend", {"hours": 3}).body
        assert extended["unreserved"].startswith(f"{PARTLY}budget of {name}, ")
        reserved = Decimal(Cluster.get(made).reservation["micros"]) / 1_000_000
        total = Decimal(somebody("POST", "/estimates", body).body["total"])
        assert 0 <= reserved - total <= Decimal("0.000001")  # a begun millionth is reserved whole


def test_the_pages_say_so(api: Callable[[str], Api], signed_in: Callable[..., Visitor], cloud: LocalCloud) -> None:
    name = f"somebody-{uuid4().hex[:8]}"
    person, visitor = api(name), signed_in(name)
    with budgeted(people={name: Budget("100.00")}):
        made = person("POST", "/clusters", body_of(person)).body["id"]
        reaches(person, f"/clusters/{made}", "WAITING")
        pages = [f"/clusters/{made}/extend", f"/clusters/{made}/extend/estimate?hours=3"]
        said = f"{UNRESERVED}budget of {name}."
        assert [said in visitor.get(page).text for page in pages] == [True, True]
        assert "What an hour more costs is not known." in visitor.get(f"/clusters/{made}").text
    sweep(cloud)
    per_hour = Decimal(person("POST", "/estimates", {"extension": {"cluster": made, "hours": 1}}).body["per_hour"])
    assert dollars(3 * per_hour) in visitor.get(f"/clusters/{made}/extend/estimate?hours=3").text
    assert "appears here" in visitor.get(f"/clusters/{made}/extend/estimate?hours=many").text
    assert f"An hour more costs {dollars(per_hour)}." in visitor.get(f"/clusters/{made}").text


def test_without_javascript_a_button_estimates_again(
    api: Callable[[str], Api], signed_in: Callable[..., Visitor], cloud: LocalCloud
) -> None:
    sweep(cloud)
    name = f"somebody-{uuid4().hex[:8]}"
    person, visitor = api(name), signed_in(name)
    made = person("POST", "/clusters", body_of(person)).body["id"]
    reaches(person, f"/clusters/{made}", "WAITING")
    form = visitor.get(f"/clusters/{made}/extend")
    page = visitor.send(form, "/extend", hours="5", estimate="yes")
    assert page.form("/extend").fields["hours"] == "5"
    assert dollars(5 * Decimal(str(Cluster.get(made).per_hour))) in page.text
    assert Cluster.get(made).lifetime_extension_count == 0


def test_the_link_of_a_mail_says_what_it_costs(
    api: Callable[[str], Api], signed_in: Callable[..., Visitor], cloud: LocalCloud
) -> None:
    sweep(cloud)
    name = f"somebody-{uuid4().hex[:8]}"
    person, visitor = api(name), signed_in(name)
    made = person("POST", "/clusters", body_of(person)).body["id"]
    reaches(person, f"/clusters/{made}", "WAITING")
    cluster = Cluster.get(made)
    address = link(LinkAction("cluster.extend", made, name, 4), "a test", clock.now(), cluster.expires_at)
    assert address
    cost = dollars(4 * Decimal(str(cluster.per_hour)))
    assert f"4 hours later than planned. 4 hours more cost {cost}." in visitor.get(address).text
