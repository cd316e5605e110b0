"""Which keys are accepted, and the sentence for each that is not. The keys are made here, by ssh-keygen's own formats."""

from __future__ import annotations

import base64
import re
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.keys import rules


def openssh(key: object) -> str:
    public = key.public_key()  # type: ignore[attr-defined]
    return str(public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode())


def private(key: object) -> str:
    return str(
        key.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        ).decode()
    )


def point() -> bytes:
    """A point of the curve P-256, uncompressed."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def security_key(kind: str, where: bytes = b"", application: bytes = b"ssh:") -> str:
    fields = [kind.encode(), b"nistp256", where or point()] if "ecdsa" in kind else [kind.encode(), where or b"p" * 32]
    raw = b"".join(struct.pack(">I", len(field)) + field for field in [*fields, application])
    return f"{kind} {base64.b64encode(raw).decode()}"


ED25519 = openssh(ed25519.Ed25519PrivateKey.generate())

GOOD = {
    "ed25519": ED25519,
    "rsa 2048": openssh(rsa.generate_private_key(65537, 2048)),
    "ecdsa 256": openssh(ec.generate_private_key(ec.SECP256R1())),
    "ecdsa 384": openssh(ec.generate_private_key(ec.SECP384R1())),
    "ecdsa 521": openssh(ec.generate_private_key(ec.SECP521R1())),
    "ed25519 security key": security_key("sk-ssh-ed25519@openssh.com"),
    "ecdsa security key": security_key("sk-ecdsa-sha2-nistp256@openssh.com"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_accepted(kind: str) -> None:
    key = rules.read(f"  {GOOD[kind]} alice@laptop\n")
    assert key.text == " ".join(GOOD[kind].split()[:2])
    assert key.fingerprint.startswith("SHA256:")
    assert rules.read(GOOD[kind]).fingerprint == key.fingerprint


RENDERED = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}")
"""What may reach a cluster: nothing in it means anything to a shell, to base64 or to authorized_keys."""

NOISE = st.text(
    alphabet=st.sampled_from(" \t\n\r\v\f\0\x85\u00a0\u2028'\"`$();|&<>\\#!=,AB+/é") | st.characters(), max_size=30
)


@given(st.sampled_from(sorted(GOOD.values())), NOISE, NOISE, NOISE, st.integers(0, 2000))
def test_nothing_but_type_and_content_gets_through(key: str, before: str, within: str, after: str, at: int) -> None:
    """Whatever is put before, into or after a key: it is refused, or exactly the key comes out."""
    for pasted in (f"{before}{key}{after}", f"{key} {after}", key[:at] + within + key[at:], f"{before}{after}"):
        try:
            accepted = rules.read(pasted)
        except Invalid:
            continue
        assert RENDERED.fullmatch(accepted.text)
        assert accepted.text.split(" ")[0] in rules.SUPPORTED
        assert accepted.fingerprint == rules.fingerprint(accepted.text)
        assert rules.read(accepted.text) == accepted


@given(st.binary(max_size=200), st.sampled_from(sorted(rules.SUPPORTED)))
def test_content_that_somebody_made_up(raw: bytes, kind: str) -> None:
    framed = struct.pack(">I", len(kind)) + kind.encode() + raw
    for content in (raw, framed):
        with suppress(Invalid):
            assert RENDERED.fullmatch(rules.read(f"{kind} {base64.b64encode(content).decode()}").text)


def test_another_writing_of_the_same_key_is_the_same_key() -> None:
    kind, blob = security_key("sk-ssh-ed25519@openssh.com", application=b"ssh:ab").split(" ")
    assert blob.endswith("=")
    other = blob.rstrip("=")[:-1] + chr(ord(blob.rstrip("=")[-1]) + 1) + "=" * blob.count("=")
    assert base64.b64decode(other) == base64.b64decode(blob)
    assert rules.read(f"{kind} {other}") == rules.read(f"{kind}\t{blob}\tada@laptop")


@pytest.mark.parametrize("kind", GOOD)
def test_ssh_keygen_agrees(kind: str, tmp_path: Path) -> None:
    """OpenSSH's own reading of what we would write, where it is installed."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen here")
    key = rules.read(GOOD[kind])
    (tmp_path / "key.pub").write_text(key.text + "\n")
    for way, expected in (("sha256", key.fingerprint), ("md5", key.fingerprint_md5)):
        said = subprocess.run(
            ["ssh-keygen", "-l", "-E", way, "-f", tmp_path / "key.pub"], capture_output=True, text=True
        )
        assert said.stdout.split()[1] == expected, said.stderr


def test_the_fingerprint_is_ssh_keygens() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"  # GitHub's published host key
    assert rules.read(key).fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
    assert rules.read(key).fingerprint_md5 == "MD5:65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd"


REFUSED = [
    (private(ed25519.Ed25519PrivateKey.generate()), "private key"),
    ("x" * 100_001, "over 100 kB"),
    ("", "Paste a public key"),
    (f"{ED25519}\n{ED25519}", "one key"),
    ("ssh-dss AAAAB3NzaC1kc3MAAACBAJ", "DSA"),
    (openssh(rsa.generate_private_key(65537, 1024)), "this one has 1024"),
    ("hello", "does not begin like a public key"),
    ('command="rm -rf /" ' + ED25519, "Options are not accepted here"),
    ("no-pty\t" + ED25519, "Options are not accepted here"),
    ("ssh-ed25519-cert-v01@openssh.com AAAA", "This is a certificate."),
    ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "ssh-keygen -i -f"),
    ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "ssh-keygen -i -m PKCS8 -f"),
    ("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----", "ssh-keygen -i -m PEM -f"),
    ("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----", "This is a signature"),
    ("-----BEGIN PGP PUBLIC KEY BLOCK-----\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----", "This is a PGP key"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "This is an X.509 certificate"),
    ("-----BEGIN SOMETHING-----\nAAAA\n-----END SOMETHING-----", "This is not a public SSH key"),
    ("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nAAAA", "private key"),
    (f"{ED25519} one\x85{ED25519}", "one key"),
    (f"{ED25519} one\u2028{ED25519}", "one key"),
    (ED25519 + "\0", "damaged"),
    ("ssh-ed25519 " + ED25519.split()[1] + "AAAA", "damaged"),
    (security_key("sk-ssh-ed25519@openssh.com", b"p" * 31), "damaged"),
    (security_key("sk-ecdsa-sha2-nistp256@openssh.com", b"\x04" + b"p" * 64), "damaged"),
    (security_key("sk-ssh-ed25519@openssh.com", b"p" * 32, b"$(reboot)\n"), "damaged"),
    (security_key("sk-ssh-ed25519@openssh.com", b"p" * 32, b""), "damaged"),
    (ED25519[:-8], "damaged"),
    ("ssh-ed25519 $(reboot)", "damaged"),
    ("ssh-rsa " + ED25519.split()[1], "damaged"),
    ("sk-ssh-ed25519@openssh.com " + ED25519.split()[1], "damaged"),
    ("ssh-ed25519", "damaged"),
]
"""What is pasted, and what its refusal says. Keys are made anew each time, so the cases are named by their places."""


@pytest.mark.parametrize(("pasted", "says"), REFUSED, ids=[f"{place}" for place, _ in enumerate(REFUSED)])
def test_refused_with_its_own_sentence(pasted: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.read(pasted)
    assert [error.field for error in refused.value.errors] == ["key"]
    assert says in refused.value.message


def rsa_key(bits: int) -> str:
    """A public key of this length, as long as nobody uses it: its modulus is no product of two primes."""
    modulus = (1 << (bits - 1)) | 1
    number = b"\0" + modulus.to_bytes(bits // 8) if bits % 8 == 0 else modulus.to_bytes(bits // 8 + 1)
    fields = [b"ssh-rsa", (65537).to_bytes(3), number]
    raw = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return f"ssh-rsa {base64.b64encode(raw).decode()}"


@pytest.mark.parametrize("bits", [2048, 16384])
def test_rsa_keys_of_these_lengths_are_accepted(bits: int) -> None:
    assert rules.read(rsa_key(bits)).kind == "RSA"


@pytest.mark.parametrize("bits", [2047, 16385])
def test_rsa_keys_shorter_or_longer_than_that_are_not(bits: int) -> None:
    with pytest.raises(Invalid):
        rules.read(rsa_key(bits))


def test_exactly_100_kilobytes_are_read() -> None:
    with pytest.raises(Invalid, match="does not begin like a public key"):
        rules.read("x" * 100_000)


@pytest.mark.parametrize(
    ("pasted", "comment"),
    [
        ("ssh-ed25519 AAAA ada@laptop", "ada@laptop"),
        ("  ssh-ed25519 AAAA Ada Lovelace\n", "Ada Lovelace"),
        (f"ssh-ed25519 AAAA {'x' * 101}", "x" * 100),
        ("ssh-ed25519 AAAA", ""),
        ("ssh-unheard-of AAAA ada@laptop", ""),
        ("ssh-ed25519 AAAA ada\0", ""),
        ("", ""),
    ],
)
def test_a_comment_names_the_key(pasted: str, comment: str) -> None:
    assert rules.comment(pasted) == comment


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_of_every_editor(encoding: str) -> None:
    """PowerShell's `>` writes UTF-16 with a byte order mark, Notepad once wrote UTF-8 with one."""
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    text = rules.text_of(f"{mark}{ED25519} ada@laptop\r\n".encode(encoding))
    assert (rules.read(text).text, rules.comment(text)) == (ED25519, "ada@laptop")


@pytest.mark.parametrize("kind", ["PKCS8", "PEM", "RFC4716"])
def test_what_is_said_of_other_formats_works(kind: str, tmp_path: Path) -> None:
    """The command that we name converts the file that ssh-keygen wrote."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen here")
    line, file = openssh(rsa.generate_private_key(65537, 2048)), tmp_path / "id.pub"
    file.write_text(line + "\n")
    file.write_bytes(
        subprocess.run(["ssh-keygen", "-e", "-m", kind, "-f", file], check=True, capture_output=True).stdout
    )
    with pytest.raises(Invalid) as refused:
        rules.read(file.read_text())
    command = str(refused.value).partition("Convert it first: ")[2].replace("<the file>", str(file))
    converted = subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout
    assert rules.read(converted).text == line
