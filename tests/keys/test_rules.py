"""Which keys are accepted, and the sentence for each that is not. The keys are made here, by ssh-keygen's own formats."""

from __future__ import annotations

import base64
import struct

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from chalicelib.errors import Invalid
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


def security_key(kind: str) -> str:
    fields = [kind.encode(), b"nistp256", b"\x04" + b"p" * 64] if "ecdsa" in kind else [kind.encode(), b"p" * 32]
    raw = b"".join(struct.pack(">I", len(field)) + field for field in [*fields, b"ssh:"])
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
    found = rules.read(f"  {GOOD[kind]} alice@laptop\n")
    assert found.text == " ".join(GOOD[kind].split()[:2])
    assert found.fingerprint.startswith("SHA256:")
    assert rules.read(GOOD[kind]).fingerprint == found.fingerprint


def test_the_fingerprint_is_ssh_keygens() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"  # GitHub's published host key
    assert rules.read(key).fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        (private(ed25519.Ed25519PrivateKey.generate()), "private key"),
        ("x" * 100_001, "over 100 kB"),
        ("", "Paste a public key"),
        (f"{ED25519}\n{ED25519}", "one key"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAJ", "DSA"),
        (openssh(rsa.generate_private_key(65537, 1024)), "2048 bits; this one has 1024"),
        ("hello", "does not begin like a public key"),
        ('command="rm -rf /" ' + ED25519, "does not begin like a public key"),
        (ED25519[:-8], "damaged"),
        ("ssh-ed25519 $(reboot)", "damaged"),
        ("ssh-rsa " + ED25519.split()[1], "damaged"),
        ("sk-ssh-ed25519@openssh.com " + ED25519.split()[1], "damaged"),
        ("ssh-ed25519", "damaged"),
    ],
)
def test_refused_with_its_own_sentence(pasted: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.read(pasted)
    assert [error.field for error in refused.value.errors] == ["key"]
    assert says in refused.value.message
