"""Names for clusters that nobody named: adjective-scientist-number."""

from __future__ import annotations

import secrets

ADJECTIVES = (
    "amber", "brave", "bright", "brisk", "calm", "candid", "clever", "cosmic", "curious", "daring", "deft", "eager",
    "earnest", "fluent", "gentle", "golden", "happy", "humble", "keen", "kind", "lively", "lucid", "mellow", "merry",
    "nimble", "patient", "placid", "polite", "proud", "quick", "quiet", "radiant", "serene", "sharp", "silver", "steady",
    "sunny", "swift", "tidy", "vivid", "warm", "wise", "witty", "zesty",
)  # fmt: skip

SCIENTISTS = (
    "anning", "apgar", "avicenna", "babbage", "bassi", "bohr", "born", "bose", "carson", "cerf", "chandra", "cori",
    "curie", "darwin", "dirac", "ehrenfest", "elion", "euler", "faraday", "fermi", "franklin", "galois", "gauss",
    "germain", "goodall", "hamilton", "herschel", "hodgkin", "hopper", "hypatia", "joliot", "kepler", "kovalevskaya",
    "lamarr", "leavitt", "lovelace", "maxwell", "mcclintock", "meitner", "mendel", "mirzakhani", "noether", "ochoa",
    "pascal", "pauling", "perlman", "ramanujan", "ride", "rubin", "sagan", "somerville", "tesla", "turing", "volta",
    "wu", "yalow", "yonath",
)  # fmt: skip


def random_name() -> str:
    """Such as `keen-noether-4821`."""
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(SCIENTISTS)}-{secrets.randbelow(9000) + 1000}"


def with_counter(name: str, taken: set[str], longest: int = 100) -> str:
    """The name itself, or with the first free counter from 2 on appended."""
    if name not in taken:
        return name
    count = 2
    while (candidate := f"{name[: longest - len(str(count)) - 1]}-{count}") in taken:
        count += 1
    return candidate
