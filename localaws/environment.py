"""This process's environment while an embedded cloud runs in it."""

from __future__ import annotations

import os
import sys


def isolate(region: str) -> None:
    """Nothing in this process can reach a real account, whatever profile the person at the keyboard has."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="atmo",
        AWS_SECRET_ACCESS_KEY="atmo",
        AWS_DEFAULT_REGION=region,
        AWS_REGION=region,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )


def restore(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


def clear_caches() -> None:
    """What the app's modules cached under an earlier deployment's settings."""
    for name, module in list(sys.modules.items()):
        if name == "app" or name.split(".")[0] == "chalicelib":
            for member in list(vars(module).values()):
                if callable(clear := getattr(member, "cache_clear", None)):
                    clear()
