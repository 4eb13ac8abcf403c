"""What web/vendor.json promises about the third-party code that browsers get."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
PACKAGES = json.loads((WEB / "vendor.json").read_text(encoding="utf-8"))
FILES = [
    (f"{package['name']}-{package['version']}/{Path(name).name}", sha256)
    for package in PACKAGES
    for name, sha256 in package["files"].items()
]


@pytest.mark.parametrize(("name", "sha256"), FILES)
def test_vendored_file_has_the_recorded_bytes(name: str, sha256: str) -> None:
    assert hashlib.sha256((WEB / "vendor" / name).read_bytes()).hexdigest() == sha256


def test_nothing_else_is_vendored() -> None:
    present = {
        str(path.relative_to(WEB / "vendor")) for path in (WEB / "vendor").rglob("*") if path.is_file()
    }
    assert present == {name for name, _ in FILES}


def test_versions_are_those_of_the_lock() -> None:
    locked = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {p["name"]: p["version"] for p in PACKAGES} == {
        p["name"]: locked[f"node_modules/{p['name']}"]["version"] for p in PACKAGES
    }


def test_every_package_names_an_open_licence() -> None:
    assert {package["licence"] for package in PACKAGES} <= {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
    }


def test_modules_import_only_what_is_vendored() -> None:
    """An import map can only lead to packages that are there."""
    names = {package["name"] for package in PACKAGES}
    for name, _ in FILES:
        if name.endswith((".mjs", ".modern.js")):
            source = (WEB / "vendor" / name).read_text(encoding="utf-8")
            assert set(re.findall(r"""\bfrom\s*["']([^."'][^"']*)["']""", source)) <= names, name
