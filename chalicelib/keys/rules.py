"""What counts as a public SSH key that we put on a cluster. Formats: RFC 4253 section 6.6, OpenSSH's sshd(8)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from chalicelib.errors import Invalid

LONGEST = 100_000
SHORTEST_RSA = 2048

SUPPORTED = {
    "ssh-ed25519": "Ed25519",
    "ssh-rsa": "RSA",
    "ecdsa-sha2-nistp256": "ECDSA P-256",
    "ecdsa-sha2-nistp384": "ECDSA P-384",
    "ecdsa-sha2-nistp521": "ECDSA P-521",
    "sk-ssh-ed25519@openssh.com": "Ed25519 security key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA security key",
}


@dataclass(frozen=True)
class PublicKey:
    """A key that was read: its OpenSSH text without comment or options, its kind, its SHA-256 fingerprint."""

    text: str
    kind: str
    fingerprint: str


def read(pasted: str) -> PublicKey:
    """The public key in what somebody pasted.

    Raises:
        Invalid: on the field `key`, saying what is wrong with it and what to paste instead.
    """
    if len(pasted.encode()) > LONGEST:
        raise _refused("This is over 100 kB; a public key is a single line of less than 2 kB.")
    text = pasted.strip()
    if is_private(text):
        raise _refused(
            "This is a private key. Never give it to anybody, and consider it compromised if you sent it elsewhere. "
            "Paste the public key instead: the file with the same name that ends in .pub."
        )
    if not text:
        raise _refused("Paste a public key, or choose a .pub file.")
    if "\n" in text or "\r" in text:
        raise _refused("Paste one key, on one line.")
    return _read_line(text)


def is_private(pasted: str) -> bool:
    """Whether this is (part of) a private key, which must be neither kept nor shown."""
    return "PRIVATE KEY" in pasted


def comment(pasted: str) -> str:
    """What a public key says of itself after its type and content, such as ada@laptop; "" for anything else."""
    words = pasted.strip().split(maxsplit=2)
    return words[2][:100] if len(words) == 3 and words[0] in SUPPORTED and "\n" not in words[2] else ""


def _read_line(line: str) -> PublicKey:
    kind, _, rest = line.partition(" ")
    blob = rest.strip().split(" ")[0]
    if kind == "ssh-dss":
        raise _refused("DSA keys are no longer secure, and OpenSSH refuses them. Make a new one: ssh-keygen -t ed25519")
    if kind not in SUPPORTED:
        raise _refused(f"This does not begin like a public key. It should begin with one of: {', '.join(SUPPORTED)}.")
    try:
        raw = base64.b64decode(blob, validate=True)
        _check(kind, blob, raw)
    except ValueError:
        raise _refused(
            "The key is damaged: part of it is missing or was changed. Copy the whole line of the .pub file."
        ) from None
    fingerprint = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return PublicKey(f"{kind} {blob}", SUPPORTED[kind], f"SHA256:{fingerprint}")


def _check(kind: str, blob: str, raw: bytes) -> None:
    """Raises ValueError for a key that is not what its first word says."""
    if kind.startswith("sk-"):
        _check_security_key(kind, raw)
        return
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        key = load_ssh_public_key(f"{kind} {blob}".encode())
    except UnsupportedAlgorithm as error:
        raise ValueError from error
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise _refused(
            f"RSA keys must have at least {SHORTEST_RSA} bits; this one has {key.key_size}. Make a new one: ssh-keygen -t ed25519"
        )


def _check_security_key(kind: str, raw: bytes) -> None:
    """`cryptography` does not read security keys; their fields are length-prefixed strings (OpenSSH PROTOCOL.u2f)."""
    fields, rest = [], raw
    while rest:
        length = int.from_bytes(rest[:4], "big")
        if len(rest) < 4 + length:
            raise ValueError("truncated")
        fields.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    expected = 4 if "ecdsa" in kind else 3
    if len(fields) != expected or fields[0] != kind.encode() or not all(fields):
        raise ValueError("not the fields of a security key")


def _refused(message: str) -> Invalid:
    return Invalid.field("key", message)
