"""What counts as a public SSH key that we put on a cluster. Formats: RFC 4253 section 6.6, OpenSSH's sshd(8)."""

from __future__ import annotations

import base64
import codecs
import hashlib
from dataclasses import dataclass

from chalicelib.core.errors import Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.keys import security_keys

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 16384

SUPPORTED = {
    "ssh-ed25519": "Ed25519",
    "ssh-rsa": "RSA",
    "ecdsa-sha2-nistp256": "ECDSA P-256",
    "ecdsa-sha2-nistp384": "ECDSA P-384",
    "ecdsa-sha2-nistp521": "ECDSA P-521",
    "sk-ssh-ed25519@openssh.com": "Ed25519 security key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA security key",
}


NO_LONGER = {
    "ssh-dss": "DSA keys are no longer secure, and OpenSSH refuses them. Make a new one: ssh-keygen -t ed25519",
}


BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before the text of a file."""

CONVERT = "This is a public key in another format. Convert it first: ssh-keygen -i {flag}-f <the file>"
OTHER_FORMATS = {
    "---- BEGIN SSH2 PUBLIC KEY": CONVERT.format(flag=""),
    "-----BEGIN PUBLIC KEY": CONVERT.format(flag="-m PKCS8 "),
    "-----BEGIN RSA PUBLIC KEY": CONVERT.format(flag="-m PEM "),
    "-----BEGIN SSH SIGNATURE": "This is a signature made with an SSH key. Paste the key itself: the file that ends in .pub.",
    "-----BEGIN PGP": "This is a PGP key, which SSH does not use. Paste an SSH key; ssh-keygen -t ed25519 makes one.",
    "-----BEGIN CERTIFICATE": "This is an X.509 certificate, not an SSH key. Paste an SSH key; ssh-keygen -t ed25519 makes one.",
}
"""How texts begin that are not a line of OpenSSH's, and what is said of them. https://man.openbsd.org/ssh-keygen#m"""
UNKNOWN_FORMAT = (
    "This is not a public SSH key. Paste the line of a file that ends in .pub; ssh-keygen -t ed25519 makes one."
)


@dataclass(frozen=True)
class PublicKey:
    """A key that was read: its OpenSSH text, which is type and content and nothing else, its kind, its fingerprints."""

    text: str
    kind: str
    fingerprint: str
    fingerprint_md5: str


def text_of(file: bytes) -> str:
    """What stands in a .pub file; PowerShell's `>` writes UTF-16."""
    utf16 = file.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return file.decode("utf-16" if utf16 else "utf-8", errors="replace")


def read(pasted: str) -> PublicKey:
    """The public key in what somebody pasted. A comment is left out; options, which could run commands, are refused.

    Raises:
        Invalid: on the field `key`, saying what is wrong with it and what to paste instead.
    """
    if len(pasted.encode(errors="replace")) > LIMITS.public_key:
        raise _refused(f"This is over {LIMITS.public_key // 1000} kB; a public key is a single line of less than 2 kB.")
    text = _stripped(pasted)
    if is_private(text):
        raise _refused(
            "This is a private key. Never give it to anybody, and consider it compromised if you sent it elsewhere. "
            "Paste the public key instead: the file with the same name that ends in .pub."
        )
    if not text:
        raise _refused("Paste a public key, or choose a .pub file.")
    if refusal := _other_format(text):
        raise _refused(refusal)
    if len(text.splitlines()) > 1:
        raise _refused("Paste one key, on one line.")
    return _read_line(text)


def _stripped(pasted: str) -> str:
    return pasted.strip().removeprefix(BYTE_ORDER_MARK)


def _other_format(text: str) -> str:
    """Why a text that begins like a file of another kind is refused; "" for other texts."""
    said = next((sentence for beginning, sentence in OTHER_FORMATS.items() if text.startswith(beginning)), "")
    return said or (UNKNOWN_FORMAT if text.startswith("-----BEGIN") else "")


def is_private(pasted: str) -> bool:
    """Whether this is (part of) a private key, OpenSSH's or PuTTY's, which must be neither kept nor shown."""
    return "PRIVATE KEY" in pasted or "Private-Lines:" in pasted


def comment(pasted: str) -> str:
    """What a public key says of itself after its type and content, such as ada@laptop; "" for anything else."""
    words = _stripped(pasted).split(maxsplit=2)
    text = words[2][:100] if len(words) == 3 and words[0] in SUPPORTED else ""
    return text if text.isprintable() else ""


def fingerprint(text: str) -> str:
    """The SHA-256 fingerprint as OpenSSH writes it, of a key as it is stored."""
    digest = base64.b64encode(hashlib.sha256(_content(text)).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def fingerprint_md5(text: str) -> str:
    """The MD5 fingerprint, by which older tools and EC2's console know keys. It recognises; it proves nothing."""
    return "MD5:" + hashlib.md5(_content(text), usedforsecurity=False).digest().hex(":")


def _content(text: str) -> bytes:
    return base64.b64decode(text.split(" ")[1])


def _read_line(line: str) -> PublicKey:
    kind, blob, *_ = [*line.split(maxsplit=2), ""]
    if kind not in SUPPORTED:
        raise _refused(_why_not(kind, line))
    try:
        raw = base64.b64decode(blob, validate=True)
        _check(kind, raw)
    except ValueError:
        raise _refused(
            "The key is damaged: part of it is missing or was changed. Copy the whole line of the .pub file."
        ) from None
    text = f"{kind} {base64.b64encode(raw).decode()}"
    return PublicKey(text, SUPPORTED[kind], fingerprint(text), fingerprint_md5(text))


def _why_not(kind: str, line: str) -> str:
    if kind in NO_LONGER:
        return NO_LONGER[kind]
    if "-cert-v01@openssh.com" in kind:
        return (
            "This is a certificate. Paste the public key that it was made for: the .pub file without -cert in its name."
        )
    if any(f"{word} " in line for word in SUPPORTED):
        return "There is something before the key. Options are not accepted here: begin with the key's type, such as ssh-ed25519."
    return f"This does not begin like a public key. It should begin with one of: {', '.join(SUPPORTED)}."


def _check(kind: str, raw: bytes) -> None:
    """Raises ValueError for a key that is not what its first word says."""
    if kind.startswith("sk-"):
        security_keys.check(kind, raw)
        return
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        key = load_ssh_public_key(f"{kind} {base64.b64encode(raw).decode()}".encode())
    except UnsupportedAlgorithm as error:
        raise ValueError from error
    if isinstance(key, RSAPublicKey) and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise _refused(
            f"RSA keys must have at least {MIN_RSA_BITS} bits and at most {MAX_RSA_BITS}; this one has {key.key_size}. "
            "Make a new one: ssh-keygen -t ed25519"
        )


def _refused(message: str) -> Invalid:
    return Invalid.field("key", message)
