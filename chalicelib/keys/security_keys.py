"""Public keys of security keys (sk-), which `cryptography` does not read: length-prefixed strings, one after the other.

https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.u2f
"""

from __future__ import annotations


def check(kind: str, raw: bytes) -> None:
    """Raises ValueError for what is not a key of this kind."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    expected = [b"nistp256"] if "ecdsa" in kind else []
    name, *curve, point, application = _strings(raw)
    if name != kind.encode() or curve != expected:
        raise ValueError("not the fields of a security key")
    if not application.isascii() or not application.decode().isprintable() or not application:
        raise ValueError("not the name of an application")
    if curve:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    elif len(point) != 32:
        raise ValueError("not a point of Ed25519")


def _strings(raw: bytes) -> list[bytes]:
    fields, rest = [], raw
    while rest:
        length = int.from_bytes(rest[:4], "big")
        if len(rest) < 4 + length:
            raise ValueError("truncated")
        fields.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    return fields
