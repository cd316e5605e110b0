"""bootstrap.sh from its first line to its last, on a machine with real wheels and no network."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from scripts.package.wheelhouse import build
from tests.emr import whole_node
from tests.emr.runs import ROOT
from tests.emr.whole_node import Machine

KEY = base64.b64encode(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq2mFHzyNMdJkTDHmzKwq5lBtQ9pYXcmRhqmGZ1yQpX ada").decode()
AGENT = "s3://logs/activity/arn:aws:ec2:us-east-1:123456789012:instance"
STATE = "find /opt/atmo /home/hadoop /etc/systemd/system /etc/fstab -type f ! -name '*.pyc' -exec sha256sum {} + | sort"
"""Every file that it may have made or changed."""
IMPORTS = "/opt/atmo/bin/python -c 'import {}'"

JUPYTER = """
        ip link set lo up
        mkdir -p /run/atmo-jupyter && cd /home/hadoop/notebooks
        $(sed -n 's/^ExecStart=//p' /etc/systemd/system/atmo-jupyter.service) --allow-root >/tmp/jupyter 2>&1 &
        for _ in {1..300}; do
            curl --silent --fail http://127.0.0.1:8888/api && break || sleep 0.2
        done
        echo
        curl --silent --fail --output /dev/null --cookie-jar /tmp/cookies http://127.0.0.1:8888/lab
        curl --silent --fail --output /dev/null --cookie /tmp/cookies --request POST --data '{}' \\
            --header "X-XSRFToken: $(awk '/_xsrf/ {print $7}' /tmp/cookies)" http://127.0.0.1:8888/api/kernels
        (cd /opt/atmo && bin/python -c "
import time
from activity import reading
now = time.time()
sign = reading.kernels(reading.World(), now)
assert not sign.unknown and now - 60 < sign.last <= time.time(), sign
assert reading.spark(reading.World(), now).unknown
assert reading.load(reading.World(), now).total
")
        kill $!
"""
"""Start the unit's program as systemd would, ask it for its version, start a kernel, and let the agent look for it."""

pytestmark = whole_node.where_it_runs()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"), build(ROOT / "build", ("x86_64",)) / "x86_64")


def test_a_person_s_master_is_ready_and_a_second_time_changes_nothing(machine: Machine) -> None:
    done = machine.run(f"""
        bootstrap --ssh-key-base64 {KEY} --jupyter --activity {AGENT}
        {STATE} >/tmp/first
        bootstrap --ssh-key-base64 {KEY} --jupyter --activity {AGENT}
        {STATE} >/tmp/second
        diff /tmp/first /tmp/second
        {IMPORTS.format("boto3, jupyterlab, matplotlib, nbconvert, pandas, papermill, pyarrow")}
        /opt/atmo/bin/python /opt/atmo/run_notebook.py --help | grep -q -- --version-id
        /opt/atmo/bin/python -m pip --version
        /opt/atmo/bin/jupyter kernelspec list | grep -q /opt/atmo
        systemd-analyze verify /etc/systemd/system/atmo-*.{{service,timer}}
        systemctl is-enabled atmo-jupyter.service atmo-activity.timer
        grep -c ada /home/hadoop/.ssh/authorized_keys
        ls /home/hadoop/notebooks/examples
        test ! -e /opt/atmo/wheels
        {JUPYTER}
    """)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-4:-1] == ["enabled", "1", "flights.ipynb"]
    assert '"version"' in done.stdout.splitlines()[-1]


def test_a_worker_has_what_functions_need_and_no_more(machine: Machine) -> None:
    done = machine.run(
        f"""
        bootstrap --jupyter
        {IMPORTS.format("boto3, distutils, pandas, psutil, pyarrow")}
        ! {IMPORTS.format("papermill")} 2>/dev/null
        test ! -e /etc/systemd/system/atmo-jupyter.service
    """,
        is_master=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_s_master_has_the_runner_and_no_jupyter(machine: Machine) -> None:
    done = machine.run(f"""
        bootstrap
        {IMPORTS.format("papermill, nbconvert, pandas")}
        ! {IMPORTS.format("jupyterlab")} 2>/dev/null
        test ! -e /etc/systemd/system/atmo-jupyter.service
    """)
    assert done.returncode == 0, done.stdout + done.stderr


def test_archives_that_are_missing_fail_the_launch(machine: Machine, tmp_path: Path) -> None:
    bare = tmp_path / "wheels"
    bare.mkdir()
    failed = Machine(tmp_path, bare).run("bootstrap")
    assert failed.returncode != 0
    assert "executor.tar" in failed.stderr
