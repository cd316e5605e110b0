"""The zip's byte code fits the functions' Python, and botocore can still call every service that we call."""

from __future__ import annotations

import ast
import importlib.util
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateSyntaxError

from chalicelib.aws.clients import SERVICES
from chalicelib.core.rendering import environment
from scripts.package.__main__ import UnfitRuntime, check_runtime
from scripts.package.artifact import MODELS, compiled, needed, pack, rebuild
from tests.packaging.conftest import ROOT, Packaged

UNCHECKED_HASH = 0b01
CLIENT_MAKERS = {"client", "asking_once", "patient"}
BY_LIBRARIES = {"dynamodb": "PynamoDB"}


def read(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def files(packaged: Packaged) -> dict[str, bytes]:
    return read(packaged.zip)


def python_of(packaged: Packaged) -> str:
    (runtime,) = {function["Runtime"] for function in packaged.resources("AWS::Serverless::Function").values()}
    return str(runtime).removeprefix("python")


def test_every_module_has_byte_code_for_the_runtime_of_the_functions(
    packaged: Packaged, files: dict[str, bytes]
) -> None:
    tag = "cpython-" + python_of(packaged).replace(".", "")
    sources = [Path(name) for name in files if name.endswith(".py")]
    assert len(sources) > 700
    assert not [
        path for path in sources if f"{path.parent}/__pycache__/{path.stem}.{tag}.pyc".removeprefix("./") not in files
    ]


def test_byte_code_is_loaded_without_a_look_at_its_source(files: dict[str, bytes]) -> None:
    # https://peps.python.org/pep-0552/: a magic number, then flags.
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little")
    code = {name: content for name, content in files.items() if name.endswith(".pyc")}
    assert not [name for name, content in code.items() if not content.startswith(header)]


def test_the_same_content_gives_the_same_bytes(packaged: Packaged) -> None:
    assert rebuild(packaged.zip, SERVICES) == packaged.zip


def test_neither_times_nor_order_matter() -> None:
    constants = b"names = {'a', 'b', 'c', 'd', 'e'} & set('xyz')\ndef f(x): return x in {'a', 'b', 'c', 'd', 'e'}\n"
    first = pack(compiled({"a.py": constants, "b.txt": b"1"}))
    second = pack(compiled({"b.txt": b"1", "a.py": constants}))
    assert first == second
    assert pack(compiled({"a.py": constants, "b.txt": b"2"})) != first


def test_a_file_that_is_no_python_stops_the_packaging() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        compiled({"broken.py": b"def f(:\n"})


@pytest.mark.parametrize("runtime", ["python3.9", "python3.99"])
def test_byte_code_for_another_python_is_not_packaged(runtime: str) -> None:
    functions = {"Dispatch": {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": runtime}}}
    with pytest.raises(UnfitRuntime, match=f"Dispatch runs on {runtime}"):
        check_runtime({"Resources": functions})


def test_the_packaged_template_asks_for_this_python(packaged: Packaged) -> None:
    check_runtime(packaged.template)
    assert python_of(packaged) == f"{sys.version_info.major}.{sys.version_info.minor}"


def services_called() -> set[str]:
    """The first arguments of every call that makes a client."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "chalicelib").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in CLIENT_MAKERS]
    return {
        argument.value for argument in made if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_the_services_are_those_that_the_code_calls() -> None:
    assert services_called() | BY_LIBRARIES.keys() == SERVICES


def test_botocore_has_their_models_and_no_others(files: dict[str, bytes]) -> None:
    described = {name.removeprefix(MODELS).split("/")[0] for name in files if name.startswith(MODELS)}
    assert {name for name in described if "." not in name} == SERVICES
    assert {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"} <= described


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("botocore/data/endpoints.json", True),
        ("botocore/data/s3/2006-03-01/service-2.json.gz", True),
        ("botocore/data/s3control/2018-08-20/service-2.json.gz", False),
        ("chalicelib/__pycache__/clock.cpython-311.pyc", False),
        ("pydantic/v1/main.py", False),
        ("pydantic/main.py", True),
    ],
)
def test_what_stays_in_the_zip(name: str, stays: bool) -> None:
    assert needed(name, {"s3"}) == stays


CLIENTS = """
import sys, boto3
from chalicelib.aws import clients
assert clients.__file__.startswith(sys.argv[1]), clients.__file__
print(*sorted(boto3.client(service, region_name="us-east-1").meta.service_model.service_name for service in clients.SERVICES))
"""


@pytest.fixture
def unpacked(packaged: Packaged, tmp_path: Path) -> Path:
    with zipfile.ZipFile(packaged.folder / "deployment.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_every_service_can_be_called_from_the_zip(unpacked: Path) -> None:
    environment: dict[str, Any] = {"PYTHONPATH": str(unpacked), "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-S", "-c", CLIENTS, str(unpacked)]
    done = subprocess.run(command, cwd=unpacked, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == sorted(SERVICES), done.stderr


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


def test_a_template_that_is_none_stops_the_packaging() -> None:
    with pytest.raises(TemplateSyntaxError):
        rebuild(pack({"templates/broken.html": b"{% if %}"}), SERVICES)
