"""The bootstrap action: what it accepts, and that the versions it installs are the ones the tests run with."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emr.node import EC2_KEY, Node
from tests.emr.runs import EMR, ROOT

SCRIPT = EMR / "bootstrap.sh"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq2mFHzyNMdJkTDHmzKwq5lBtQ9pYXcmRhqmGZ1yQpX alice's laptop $(id)"


def bash(script: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["bash", "-c", script, "bash", *arguments], env=environment, text=True, capture_output=True)


def install_key(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    encoded = base64.b64encode(line.encode()).decode()
    script = 'source "$1"; parse_arguments s3://bucket/emr/abc --ssh-key-base64 "$2"; install_ssh_key'
    return bash(script, home, str(SCRIPT), encoded)


def test_shellcheck() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    checked = subprocess.run([str(shellcheck), str(SCRIPT)], text=True, capture_output=True)
    assert checked.returncode == 0, checked.stdout


def test_key_is_added_once_and_to_what_is_there(tmp_path: Path) -> None:
    keys = tmp_path / ".ssh" / "authorized_keys"
    keys.parent.mkdir()
    keys.write_text("ssh-rsa AAAA ec2\n")
    for _ in range(2):
        assert install_key(KEY + "\n", tmp_path).returncode == 0
    assert keys.read_text() == f"ssh-rsa AAAA ec2\n{KEY}\n"
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    [
        "",
        'command="id" ' + KEY,
        KEY + "\n" + KEY,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "ssh-ed25519 not*base64",
        "ssh-dss AAAA old",
    ],
)
def test_anything_but_one_public_key_is_refused(tmp_path: Path, line: str) -> None:
    refused = install_key(line, tmp_path)
    assert refused.returncode != 0
    assert refused.stderr.startswith("bootstrap: ") or "needs a key" in refused.stderr
    assert not (tmp_path / ".ssh").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the address of the scripts is missing"),
        (["https://bucket/emr"], "not an S3 address: https://bucket/emr"),
        (["s3://bucket/emr", "--verbose"], "unknown argument: --verbose"),
        (["s3://bucket/emr", "--ssh-key-base64"], "--ssh-key-base64 needs a key"),
        (
            ["s3://bucket/emr", "--efs", "nfs.example.org", "--efs-home", "ada"],
            "not an EFS file system: nfs.example.org",
        ),
        (["s3://bucket/emr", "--activity", "s3://b/$(id)"], "not an S3 address: s3://b/$(id)"),
        (["s3://bucket/emr", "--efs", "fs-0a"], "not a name for a home: "),
        (["s3://bucket/emr", "--efs", "fs-0a", "--efs-home", ".."], "not a name for a home: .."),
        (["s3://bucket/emr", "--efs", "fs-0a", "--efs-home", "a/b"], "not a name for a home: a/b"),
    ],
)
def test_bad_arguments_stop_it_before_anything_is_done(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    stopped = bash('"$@"', tmp_path, "bash", str(SCRIPT), *arguments)
    assert stopped.returncode != 0
    assert complaint in stopped.stderr
    assert not list(tmp_path.iterdir())


PINS = {
    "requirements-executor.txt": {"pandas", "pyarrow", "boto3"},
    "requirements.txt": {"papermill", "ipykernel", "nbconvert", "pandas", "boto3"},
    "requirements-jupyter.txt": {"papermill", "jupyterlab", "pandas"},
}


@pytest.mark.parametrize("name", PINS)
def test_clusters_run_the_versions_the_tests_run(name: str) -> None:
    tested, installed = pins(ROOT / "requirements-dev.txt"), pins(EMR / name)
    assert PINS[name] <= set(installed)
    assert {package: pin for package, pin in installed.items() if package in tested and pin - tested[package]} == {}


def pins(path: Path) -> dict[str, set[str]]:
    """package -> its versions; a package may have several, for different Pythons."""
    options: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(), re.MULTILINE):
        options.setdefault(package, set()).add(version)
    return options


ENCODED = base64.b64encode(KEY.encode()).decode()
FULL = ("--ssh-key-base64", ENCODED, "--jupyter", "--efs", "fs-0123456789abcdef0", "--efs-home", "ada@example.org")
UV = (
    "uv pip install --quiet --no-config --offline --no-index --find-links /opt/atmo/wheels --require-hashes --compile-bytecode "
    "--python /opt/atmo/bin/python --requirement /opt/atmo/"
)


def installs(requirements: str, *archives: str) -> list[str]:
    """The calls that install these pins from these archives."""
    return [
        *(f"aws s3 cp --only-show-errors s3://bucket/wheels/def/x86_64/{name}.tar -" for name in archives),
        "python3.11 -m zipfile --extract /opt/atmo/wheels/uv-*.whl /opt/atmo/wheels/installer",
        f"{UV}{requirements}",
    ]


OPTIONS = "_netdev,nofail,tls,noresvport"
KERNEL = "python /opt/atmo/kernel.py --install /opt/atmo"


def test_a_master_gets_its_home_before_jupyter_starts(tmp_path: Path) -> None:
    node = Node(tmp_path)
    done = node.bootstrap(*FULL)
    assert done.returncode == 0, done.stderr
    assert node.calls() == [
        "aws s3 cp --recursive --only-show-errors s3://bucket/emr/abc/ /opt/atmo/",
        "python3.11 -m venv /opt/atmo",
        *installs("requirements-jupyter.txt", "executor", "notebook", "jupyter"),
        "# dnf install --assumeyes --quiet amazon-efs-utils",
        f"# mount -t efs -o {OPTIONS} fs-0123456789abcdef0:/ /mnt/efs",
        "# chown --recursive hadoop:hadoop /mnt/efs/homes/ada@example.org",
        "# umount /mnt/efs",
        "# mount /home/hadoop",
        "# mount /home/hadoop/.ssh",
        KERNEL,
        "# systemctl daemon-reload",
        "# systemctl enable --now atmo-jupyter.service",
    ]
    assert (node.home / ".ssh/authorized_keys").read_text() == f"{EC2_KEY}{KEY}\n"
    assert (node.home / "notebooks/examples/flights.ipynb").read_bytes() == (
        ROOT / "notebooks/flights.ipynb"
    ).read_bytes()


def test_what_is_mounted_comes_back_after_a_restart(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.bootstrap(*FULL)
    table = (node.root / "etc/fstab").read_text().replace(str(node.root), "").replace(str(node.home), "/home/hadoop")
    assert table.splitlines()[1:] == [
        f"fs-0123456789abcdef0:/homes/ada@example.org /home/hadoop efs {OPTIONS} 0 0",
        "/var/lib/atmo/ssh /home/hadoop/.ssh none bind,nofail,x-systemd.requires-mounts-for=/home/hadoop 0 0",
    ]


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.bootstrap(*FULL)
    first, _ = node.files(), node.calls()
    done = node.bootstrap(*FULL)
    assert done.returncode == 0, done.stderr
    assert node.files() == first
    assert node.calls() == [
        "aws s3 cp --recursive --only-show-errors s3://bucket/emr/abc/ /opt/atmo/",
        KERNEL,
        "# systemctl daemon-reload",
        "# systemctl enable --now atmo-jupyter.service",
    ]


def test_a_run_s_master_has_no_jupyter(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.bootstrap().returncode == 0
    assert node.calls()[2:] == installs("requirements.txt", "executor", "notebook")


def test_packages_of_other_pins_are_installed_over_those_there(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.bootstrap().returncode == 0
    (node.root / "opt/atmo/.installed").write_text("s3://bucket/wheels/abc/x86_64 executor notebook")
    node.calls()
    assert node.bootstrap().returncode == 0
    assert node.calls()[1:] == installs("requirements.txt", "executor", "notebook")


def test_jupyter_listens_on_the_node_alone(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.bootstrap("--jupyter")
    unit = (node.root / "etc/systemd/system/atmo-jupyter.service").read_text()
    assert "/opt/atmo/bin/jupyter lab --no-browser --ip=127.0.0.1 --port=8888" in unit
    assert "User=hadoop\n" in unit
    assert "RuntimeDirectory=atmo-jupyter\nEnvironment=JUPYTER_RUNTIME_DIR=/run/atmo-jupyter\n" in unit
    assert not [call for call in node.calls() if "mount" in call or "efs" in call]


AGENT = "s3://logs/activity/arn:aws:ec2:us-east-1:123456789012:instance"


def test_the_agent_looks_every_minute_as_hadoop(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.bootstrap("--activity", AGENT).returncode == 0
    assert node.calls()[-2:] == ["# systemctl daemon-reload", "# systemctl enable --now atmo-activity.timer"]
    unit = (node.root / "etc/systemd/system/atmo-activity.service").read_text().replace(str(node.root), "")
    assert (
        f"User=hadoop\nStateDirectory=atmo-activity\nExecStart=/opt/atmo/bin/python /opt/atmo/watch_activity.py {AGENT}\n"
        in unit
    )
    assert (node.root / "opt/atmo/watch_activity.py").exists()
    assert "OnCalendar=minutely" in (node.root / "etc/systemd/system/atmo-activity.timer").read_text()
    first = node.files()
    assert node.bootstrap("--activity", AGENT).returncode == 0
    assert node.files() == first


def test_a_worker_and_a_run_s_master_have_no_agent(tmp_path: Path) -> None:
    for name, is_master, arguments in (("worker", False, ["--activity", AGENT]), ("run", True, [])):
        node = Node(tmp_path / name, is_master=is_master)
        assert node.bootstrap(*arguments).returncode == 0
        assert not [call for call in node.calls() if "systemctl" in call]


def test_kernels_that_do_nothing_for_long_are_shut_down(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.bootstrap("--jupyter")
    unit = (node.root / "etc/systemd/system/atmo-jupyter.service").read_text()
    assert "--MappingKernelManager.cull_idle_timeout=21600 --MappingKernelManager.cull_connected=True\n" in unit


def test_an_example_that_was_changed_stays(tmp_path: Path) -> None:
    node = Node(tmp_path)
    (node.home / "notebooks/examples").mkdir(parents=True)
    (node.home / "notebooks/examples/flights.ipynb").write_text("mine")
    assert node.bootstrap("--jupyter").returncode == 0
    assert (node.home / "notebooks/examples/flights.ipynb").read_text() == "mine"


def test_a_worker_only_gets_what_spark_s_functions_import(tmp_path: Path) -> None:
    node = Node(tmp_path, is_master=False)
    assert node.bootstrap(*FULL).returncode == 0
    assert node.calls()[1:] == ["python3.11 -m venv /opt/atmo", *installs("requirements-executor.txt", "executor")]
    assert {path.name for path in node.home.iterdir()} == {".ssh", ".bashrc"}


def test_without_the_owner_s_files_there_is_no_cluster(tmp_path: Path) -> None:
    node = Node(tmp_path)
    (node.state / "unreachable").touch()
    failed = node.bootstrap(*FULL)
    assert failed.returncode != 0
    assert "bootstrap: cannot mount fs-0123456789abcdef0:/ at " in failed.stderr
    assert not [call for call in node.calls() if "systemctl" in call or "/home/hadoop" in call]


def of(owner: str) -> tuple[str, ...]:
    return ("--ssh-key-base64", ENCODED, "--jupyter", "--efs", "fs-0123456789abcdef0", "--efs-home", owner)


def test_the_next_cluster_has_the_same_home(tmp_path: Path) -> None:
    first = Node(tmp_path / "first", efs=tmp_path)
    assert first.bootstrap(*of("ada")).returncode == 0
    (first.home / "notebooks/mine.ipynb").write_text("mine")
    (first.home / ".gitconfig").write_text("[user]")
    (first.home / ".bashrc").write_text("# of ada\n")
    (first.home / ".ssh/authorized_keys").write_text("ssh-rsa AAAA a friend's\n")
    first.shut_down()
    second = Node(tmp_path / "second", efs=tmp_path)
    assert second.bootstrap(*of("ada")).returncode == 0
    assert (second.home / "notebooks/mine.ipynb").read_text() == "mine"
    assert (second.home / ".gitconfig").read_text() == "[user]"
    assert (second.home / ".bashrc").read_text() == "# of ada\n"
    # Who could sign in to the first cluster cannot for that reason sign in to the second.
    assert (second.home / ".ssh/authorized_keys").read_text() == f"{EC2_KEY}{KEY}\n"
    assert not [call for call in second.calls() if "chown" in call and "ada" not in call]


def test_other_people_s_homes_are_not_on_the_node(tmp_path: Path) -> None:
    first = Node(tmp_path / "first", efs=tmp_path)
    assert first.bootstrap(*of("ada")).returncode == 0
    (first.home / "secret").write_text("of ada")
    first.shut_down()
    second = Node(tmp_path / "second", efs=tmp_path)
    assert second.bootstrap(*of("bob")).returncode == 0
    assert "secret" not in {path.name for path in second.home.iterdir()}
    assert not list((second.root / "mnt/efs").iterdir())
    assert {path.name for path in (tmp_path / "homes").iterdir()} == {"ada", "bob"}


def test_a_home_keeps_nothing_of_who_may_sign_in(tmp_path: Path) -> None:
    node = Node(tmp_path / "node", efs=tmp_path)
    assert node.bootstrap(*of("ada")).returncode == 0
    node.shut_down()
    assert list((tmp_path / "homes/ada/.ssh").iterdir()) == []
    # Where EFS does not come back, the node's own home and keys are there as they were.
    assert (node.home / ".ssh/authorized_keys").read_text() == f"{EC2_KEY}{KEY}\n"


def test_a_bootstrap_that_was_cut_short_is_taken_up(tmp_path: Path) -> None:
    node = Node(tmp_path)
    mount = node.state.parent / "bin/mount"
    really = mount.read_text()
    mount.write_text(really.replace("#!/bin/bash\n", "#!/bin/bash\n[[ $1 != */.ssh ]] || exit 32\n"))
    assert node.bootstrap(*FULL).returncode != 0
    mount.write_text(really)
    assert node.bootstrap(*FULL).returncode == 0
    assert (node.home / ".ssh/authorized_keys").read_text() == f"{EC2_KEY}{KEY}\n"


def test_files_of_earlier_clusters_keep_their_owner(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.efs
    (node.efs / "homes/ada@example.org").mkdir(parents=True)
    (node.state / "owned").write_text(f"{node.root}/mnt/efs/homes/ada@example.org\n")
    assert node.bootstrap(*FULL).returncode == 0
    assert not [call for call in node.calls() if "chown" in call]
