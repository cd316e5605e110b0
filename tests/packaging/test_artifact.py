"""The zip's byte code fits the functions' Python, and botocore can still call every service that we call."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session
from jinja2 import TemplateSyntaxError

from chalicelib.aws.clients import SERVICES
from chalicelib.core.rendering import environment
from scripts.package.artifact import archive, needed, pack
from scripts.package.bytecode import NoCompiler, compiled
from scripts.package.service_models import DATA, OPERATIONS, description
from scripts.package.target import MixedTargets, Target, target_of, this_machine
from scripts.package.wheels import unpack
from tests.packaging.conftest import ROOT, Packaged
from tests.packaging.test_template import FUNCTIONS, listed
from tests.packaging.test_used_grants import statements, words

PYTHON = "3.13"
MAGIC_NUMBER = (3571).to_bytes(2, "little") + b"\r\n"
"""Of Python 3.13's byte code. https://github.com/python/cpython/blob/3.13/Include/internal/pycore_magic_number.h"""
UNCHECKED_HASH = (0b01).to_bytes(4, "little")
"""https://peps.python.org/pep-0552/: a magic number, then flags."""
CLIENT_MAKERS = {"client", "asking_once", "patient"}


def read(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def files(packaged: Packaged) -> dict[str, bytes]:
    return read(packaged.zip)


def test_every_module_has_byte_code_for_the_functions_python_whatever_packages(files: dict[str, bytes]) -> None:
    tag = Target(PYTHON, "aarch64").cache_tag
    sources = [Path(name) for name in files if name.endswith(".py")]
    assert len(sources) > 700
    assert not [
        path for path in sources if f"{path.parent}/__pycache__/{path.stem}.{tag}.pyc".removeprefix("./") not in files
    ]


def test_byte_code_is_loaded_without_a_look_at_its_source(files: dict[str, bytes]) -> None:
    code = {name: content for name, content in files.items() if name.endswith(".pyc")}
    assert not [name for name, content in code.items() if not content.startswith(MAGIC_NUMBER + UNCHECKED_HASH)]


def test_compiled_modules_are_for_the_functions_python_and_processor(files: dict[str, bytes]) -> None:
    libraries = {name for name in files if name.endswith(".so") or ".so." in name}
    assert len(libraries) >= 3
    for name in libraries:
        # https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine; 183 is 64-bit ARM
        assert int.from_bytes(files[name][18:20], "little") == 183, name
        assert "cpython-313-aarch64" in name or ".abi3." in name, name


def test_all_functions_run_on_what_the_zip_is_made_for(packaged: Packaged) -> None:
    assert target_of(packaged.template) == Target(PYTHON, "aarch64")


def test_functions_of_several_kinds_cannot_share_a_zip() -> None:
    functions = {
        name: {"Properties": {"Runtime": "python3.13", "Architectures": [architecture]}}
        for name, architecture in (("Dispatch", "arm64"), ("Sweep", "x86_64"))
    }
    with pytest.raises(MixedTargets, match=r"arm64.*x86_64"):
        target_of({"Resources": functions})


def test_no_pin_depends_on_who_packages() -> None:
    """pip judges conditions such as python_version < "3.12" by the Python it runs on, not by the one it is told of."""
    pins = (ROOT / "requirements.txt").read_text()
    assert not re.findall(r"^.*;.*(?:python_version|python_full_version|platform_machine|sys_platform).*$", pins, re.M)


def test_files_of_a_wheel_are_where_they_are_imported_from(tmp_path: Path) -> None:
    wheel = {
        "a/__init__.py": b"1",
        "a-1.data/purelib/b.py": b"2",
        "a-1.data/scripts/run": b"3",
        "a-1.dist-info/METADATA": b"4",
    }
    (tmp_path / "a.whl").write_bytes(pack(wheel))
    assert set(unpack(tmp_path / "a.whl")) == {"a/__init__.py", "b.py", "a-1.dist-info/METADATA"}


def test_the_same_content_gives_the_same_bytes(packaged: Packaged, files: dict[str, bytes]) -> None:
    assert archive(files, target_of(packaged.template)) == packaged.zip


HERE = this_machine()
THERE = Target(PYTHON if HERE.python != PYTHON else "3.12", "aarch64")


@pytest.mark.parametrize("target", [HERE, Target(PYTHON, "aarch64")], ids=["this Python", "another"])
def test_neither_times_nor_order_matter(target: Target) -> None:
    constants = b"names = {'a', 'b', 'c', 'd', 'e'} & set('xyz')\ndef f(x): return x in {'a', 'b', 'c', 'd', 'e'}\n"
    first = pack(compiled({"a.py": constants, "b.txt": b"1"}, target))
    second = pack(compiled({"b.txt": b"1", "a.py": constants}, target))
    assert first == second
    assert pack(compiled({"a.py": constants, "b.txt": b"2"}, target)) != first


@pytest.mark.parametrize("target", [HERE, THERE], ids=["this Python", "another"])
def test_a_file_that_is_no_python_stops_the_packaging(target: Target) -> None:
    with pytest.raises((subprocess.CalledProcessError, NoCompiler)):
        compiled({"broken.py": b"def f(:\n"}, target)


def test_a_pyodide_of_another_python_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoCompiler):
        compiled({"a.py": b"1\n"}, Target("3.99", "aarch64"))
    assert f"This Pyodide is Python {PYTHON}, not 3.99" in capfd.readouterr().err


def arguments(tree: ast.Module) -> set[str]:
    """The services that a module makes clients of."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in CLIENT_MAKERS]
    return {name.value for name in made if isinstance(name, ast.Constant) and isinstance(name.value, str)}


def called() -> dict[str, set[str]]:
    """What the functions call of each service: in the modules that make a client of it, the methods and texts that are named
    like one of its operations. Presigned addresses and pages are asked for by text.
    """
    operations: dict[str, set[str]] = {}
    for path in (ROOT / "chalicelib").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for service in arguments(tree):
            known = {xform_name(name): name for name in get_session().get_service_model(service).operation_names}
            operations.setdefault(service, set()).update(known[word] for word in words(tree) if word in known)
    return operations


def granted_of_dynamodb(packaged: Packaged) -> set[str]:
    """The calls to DynamoDB that some role allows, without the one that is part of a transaction."""
    actions = {
        action
        for function in FUNCTIONS
        for statement in statements(packaged, function)
        for action in listed(statement["Action"])
    }
    return {name.removeprefix("dynamodb:") for name in actions if name.startswith("dynamodb:")} - {"ConditionCheckItem"}


def test_the_operations_are_those_that_the_code_calls(packaged: Packaged) -> None:
    ours = {service: set(names) for service, names in OPERATIONS.items()}
    by_pynamodb = granted_of_dynamodb(packaged) | {"TransactWriteItems"}
    for_posts = {"s3": {"CreateBucket"}}
    assert ours == {service: names | for_posts.get(service, set()) for service, names in called().items()} | {
        "dynamodb": by_pynamodb
    }
    assert ours.keys() == SERVICES


def test_botocore_has_their_descriptions_and_no_others(files: dict[str, bytes]) -> None:
    data = {name.removeprefix(DATA): content for name, content in files.items() if name.startswith(DATA)}
    described = {
        name.split("/")[0]: tuple(json.loads(content)["operations"])
        for name, content in data.items()
        if name.endswith("/service-2.json")
    }
    assert described == OPERATIONS
    assert {name.split("/")[0] for name in data if "/" in name} == OPERATIONS.keys()
    assert {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"} <= data.keys()


def test_a_description_keeps_what_its_operations_are_made_of() -> None:
    """At any depth, also in a circle, and a member whose name is "documentation"."""
    model: dict[str, Any] = {
        "documentation": "Long.",
        "operations": {
            "Get": {"input": {"shape": "In"}, "errors": [{"shape": "Bad"}], "documentation": "Long."},
            "Put": {"input": {"shape": "Other"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Tree", "documentation": "Long."}}},
            "Tree": {"type": "list", "member": {"shape": "In"}},
            "Bad": {"type": "structure", "members": {}, "exception": True},
            "Other": {"type": "string"},
        },
    }
    made = description(model, ("Get",))
    assert made["operations"] == {"Get": {"input": {"shape": "In"}, "errors": [{"shape": "Bad"}]}}
    assert made["shapes"].keys() == {"In", "Tree", "Bad"}
    assert made["shapes"]["In"]["members"] == {"documentation": {"shape": "Tree"}}


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("botocore/data/endpoints.json", True),
        ("chalicelib/__pycache__/clock.cpython-311.pyc", False),
        ("pydantic/v1/main.py", False),
        ("pydantic/main.py", True),
    ],
)
def test_what_stays_in_the_zip(name: str, stays: bool) -> None:
    assert needed(name) == stays


CLIENTS = """
import json, sys
from botocore import xform_name
from chalicelib.aws import clients

assert clients.__file__.startswith(sys.argv[1]), clients.__file__

def look(shape, seen):
    if shape is not None and shape.name not in seen:
        seen[shape.name] = sorted(getattr(shape, "members", ()))
        parts = getattr(shape, "members", {}).values()
        for part in (*parts, *(getattr(shape, name, None) for name in ("member", "key", "value"))):
            look(part, seen)

for service, operations in json.loads(sys.argv[2]).items():
    client = clients.client(service)
    print(service, client.meta.endpoint_url)
    for name in operations:
        model, seen = client.meta.service_model.operation_model(name), {}
        for shape in (model.input_shape, model.output_shape, *model.error_shapes):
            look(shape, seen)
        print(name, client.can_paginate(xform_name(name)), seen)
s3 = clients.client("s3")
print(s3.generate_presigned_post("bucket", "key")["url"])
print(s3.generate_presigned_url("head_bucket", Params={"Bucket": "bucket"}).partition("?")[0])
"""
"""What botocore knows of each operation, its addresses among it."""


def known(folder: Path, *options: str) -> list[str]:
    """What CLIENTS says where chalicelib is imported from this folder."""
    environment = {
        "PYTHONPATH": str(folder), "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
    }  # fmt: skip
    command = [sys.executable, *options, "-c", CLIENTS, str(folder), json.dumps(OPERATIONS)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()


def test_botocore_knows_of_an_operation_in_the_zip_what_it_knows_elsewhere(unpacked: Path) -> None:
    assert known(unpacked, "-S") == known(ROOT)


TEMPLATES = """
import sys
from chalicelib.core import rendering
from jinja2 import environment, lexer
def reads(*_):
    raise AssertionError("a template is read anew")
lexer.Lexer.tokeniter = reads
for name in sys.argv[1:]:
    rendering.environment().get_template(name)
print(rendering.environment().get_template("components/empty.html").module.empty("<b>", "Add one."))
"""


def test_every_template_is_in_the_zip_as_python(unpacked: Path) -> None:
    """And says the same, with what is not ours escaped."""
    names = [str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.*")]
    command = [sys.executable, "-S", "-c", TEMPLATES, *names]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    macros: Any = environment().get_template("components/empty.html").module
    assert done.stdout == macros.empty("<b>", "Add one.") + "\n"
    assert "&lt;b&gt;" in done.stdout


def test_a_template_that_is_none_stops_the_packaging(files: dict[str, bytes]) -> None:
    with pytest.raises(TemplateSyntaxError):
        archive(files | {"templates/broken.html": b"{% if %}"}, HERE)
