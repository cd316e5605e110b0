"""Site settings: who may change them, what is refused, and that they are read at most once a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock, fields
from chalicelib.core.errors import Invalid
from chalicelib.site_settings import service as site
from chalicelib.site_settings.forms import _SCRIPT_SENTENCE, SiteSettingsForm
from chalicelib.site_settings.models import Setting
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.settings import forget
from tests.support.visitor import Visitor

DEFAULTS = {
    "idle_minutes": 120,
    "spot": False,
    "spot_price": 100,
    "spot_timeout": 10,
    "worker_types": [],
    "task_size": 0,
    "efs": None,
    "bastion": None,
    "cost_tags": {},
    "scripts": [],
    "arrival_places": [],
    "help_url": None,
    "team_mail": None,
    "frozen": False,
    "freeze_reason": None,
}
PLACES = "Write one place on each line: a bucket and what the keys begin with, such as s3://bucket/incoming/."
FLEET = {
    "spot": True,
    "spot_price": 60,
    "spot_timeout": 20,
    "worker_types": ["m5.xlarge", "m6i.xlarge"],
    "task_size": 2,
    "cost_tags": {"CostCentre": "4711", "Team": "Zoë + 7"},
    "scripts": [f"s3://site/libraries.sh {'0f' * 32}"],
}


@pytest.fixture
def admin(api: Callable[[str], Api]) -> Iterator[Api]:
    """An admin; the settings are as if nobody had changed any, before and afterwards."""
    forget()
    yield api("admin")
    forget()


def test_defaults_are_what_nobody_has_changed(admin: Api) -> None:
    assert admin("GET", "/settings").body == DEFAULTS | {"changed_by": None, "changed_at": None, "history": []}


def test_they_are_replaced_as_a_whole(admin: Api) -> None:
    changed = admin("PUT", "/settings", FLEET)
    assert (changed.status, changed.body["changed_by"]) == (200, "admin")
    assert {name: changed.body[name] for name in DEFAULTS} == DEFAULTS | FLEET
    assert admin("GET", "/settings").body == changed.body
    assert admin("PUT", "/settings", {"efs": "fs-0123456789abcdef0"}).body["worker_types"] == []


@pytest.mark.parametrize("name", ["alice", "maintainer"])
def test_nobody_else_finds_them(admin: Api, api: Callable[[str], Api], name: str) -> None:
    answers = [
        api(name)("GET", "/settings"),
        api(name)("PUT", "/settings", FLEET),
        api(name)("PUT", "/settings", {"x": 1}),
    ]
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert admin("GET", "/settings").body["spot"] is False


@pytest.mark.parametrize(
    ("settings", "field", "sentence"),
    [
        ({"spot": "maybe"}, "spot", "Choose yes or no."),
        ({"spot": 1}, "spot", "Choose yes or no."),
        ({"spot_price": 0}, "spot_price", "Choose a whole number of percent from 1 to 100."),
        ({"spot_price": 101}, "spot_price", "Choose a whole number of percent from 1 to 100."),
        ({"spot_timeout": 4}, "spot_timeout", "Choose a whole number of minutes from 5 to 1440."),
        ({"spot_timeout": 1441}, "spot_timeout", "Choose a whole number of minutes from 5 to 1440."),
        (
            {"worker_types": "m5"},
            "worker_types",
            "Name instance types such as m5.xlarge, separated by spaces or commas.",
        ),
        (
            {"worker_types": [5]},
            "worker_types",
            "Name instance types such as m5.xlarge, separated by spaces or commas.",
        ),
        (
            {"worker_types": [f"m{number}.large" for number in range(31)]},
            "worker_types",
            "Name up to 30 instance types; EMR takes no more.",
        ),
        ({"task_size": -1}, "task_size", "Choose a whole number of workers from 0 to 200."),
        (
            {"bastion": "-oProxyCommand=reboot"},
            "bastion",
            "Give the bastion as SSH takes it, such as ec2-user@bastion.example.com, with :2222 for another port.",
        ),
        (
            {"team_mail": "a@b.c\nBcc: x@y.example"},
            "team_mail",
            "Give one mail address, such as data-team@example.com.",
        ),
        ({"help_url": "javascript:alert(1)"}, "help_url", "Give an address that begins with https://."),
        ({"efs": "fs-x; reboot"}, "efs", "Give the id of an EFS file system, such as fs-0123456789abcdef0."),
        ({"arrival_places": "bucket/a"}, "arrival_places", PLACES),
        ({"arrival_places": [5]}, "arrival_places", PLACES),
        (
            {"arrival_places": ["s3://elsewhere/a"]},
            "arrival_places",
            "This deployment hears of no objects in elsewhere: deploy again with its name in ArrivalBuckets.",
        ),
        (
            {"arrival_places": ["s3://atmo-local-scripts/"]},
            "arrival_places",
            "atmo keeps notebooks, results and logs in atmo-local-scripts: jobs would start themselves.",
        ),
        (
            {"arrival_places": [f"s3://atmo-local-arrivals/{number}" for number in range(51)]},
            "arrival_places",
            "Name up to 50 places.",
        ),
        ({"cost_tags": "CostCentre"}, "cost_tags", "Write one tag on each line, such as CostCentre=4711."),
        ({"cost_tags": "Team=a\nTeam=b"}, "cost_tags", "Write one tag on each line, such as CostCentre=4711."),
        ({"cost_tags": {"Team": 5}}, "cost_tags", "Write one tag on each line, such as CostCentre=4711."),
        ({"cost_tags": ["Team"]}, "cost_tags", "Write one tag on each line, such as CostCentre=4711."),
        ({"cost_tags": {"Record": "c-1"}}, "cost_tags", "The tag Record is atmo's own; choose another key."),
        ({"cost_tags": {"aws:team": "a"}}, "cost_tags", "AWS keeps tags that begin with aws: for itself."),
        ({"cost_tags": {"Team": "a, b"}}, "cost_tags", "Tags have letters, digits, spaces and _ . : / = + - @ only."),
        (
            {"cost_tags": {"k" * 129: "v"}},
            "cost_tags",
            "A tag has a key of 1 to 128 characters and a value of up to 256.",
        ),
        (
            {"cost_tags": {f"k{number}": "v" for number in range(21)}},
            "cost_tags",
            "Name up to 20 tags; EMR takes 50 with atmo's own.",
        ),
        ({"scripts": ["s3://site/libraries.sh"]}, "scripts", _SCRIPT_SENTENCE),
        ({"scripts": [f"https://site/x.sh {'0' * 64}"]}, "scripts", _SCRIPT_SENTENCE),
        ({"scripts": f"s3://site/x.sh {'0' * 63}"}, "scripts", _SCRIPT_SENTENCE),
        ({"scripts": 5}, "scripts", _SCRIPT_SENTENCE),
        (
            {"scripts": [f"s3://site/x.sh {'0' * 64}"] * 9},
            "scripts",
            "Name up to 8 scripts; EMR takes 16 bootstrap actions of a cluster.",
        ),
        ({"color": "red"}, "color", "There is no such field."),
    ],
)
def test_what_emr_would_refuse_is_refused_here(settings: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        fields.read(SiteSettingsForm, settings)
    assert [(error.field, error.message) for error in refused.value.errors] == [(field, sentence)]


def test_types_are_read_from_text_each_once() -> None:
    typed = fields.read(SiteSettingsForm, {"worker_types": "m5.xlarge, r6id.2xlarge m5.xlarge\n", "spot": "yes"})
    assert (typed.worker_types, typed.spot) == (["m5.xlarge", "r6id.2xlarge"], True)


def test_a_process_reads_them_once_a_minute(admin: Api, cloud: LocalCloud) -> None:
    now = clock.now().replace(second=0)
    assert site.current(now).spot is False
    Setting(site.SITE, value={"spot": True, "gone": 1}, changed_by="admin", changed_at=now).save()
    assert site.current(now + timedelta(seconds=59)).spot is False
    assert site.current(now + timedelta(seconds=60)).spot is True


def test_the_form_shows_what_is_and_saves_what_is_typed(admin: Api, signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in("admin", "admins")
    typed = {"spot": "yes", "worker_types": "m5.xlarge m6i.xlarge", "spot_timeout": "15", "efs": "fs-0123456789abcdef0"}
    typed |= {
        "cost_tags": "CostCentre=4711\nTeam=a=b",
        "scripts": f"s3://site/a.sh {'0' * 64}\ns3://site/b.sh {'1' * 64}",
        "arrival_places": "s3://atmo-local-arrivals/a/\ns3://atmo-local-arrivals/b",
    }
    saved = visitor.submit("/admin/settings", **typed)
    assert "Last changed by admin" in saved.text
    shown = saved.form("/admin/settings").fields
    assert {name: shown[name] for name in typed} == typed
    refused = visitor.submit("/admin/settings", spot_timeout="4")
    assert (refused.status, refused.error("spot_timeout")[:22]) == (422, "Choose a whole number ")
    assert refused.form("/admin/settings").fields["worker_types"] == "m5.xlarge m6i.xlarge"
    assert admin("GET", "/settings").body["spot_timeout"] == 15


def test_plain_people_find_no_such_page(signed_in: Callable[..., Visitor], somebody: Api) -> None:
    visitor = signed_in(somebody("GET", "/me").body["username"])
    assert visitor.get("/admin/settings").status == 404
    assert "/admin/settings" not in visitor.get("/").html
