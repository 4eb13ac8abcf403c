"""Fill web/vendor/ with the browser packages that web/vendor.json lists, checked against its sha256 list.

Usage: python scripts/vendor.py [--dev] [--pin]

--dev   also install what checks and tests need (the type checker, the accessibility checker)
--pin   write the versions and sha256 of what npm installed into web/vendor.json, after an update

Packages come by the npm client from whatever registry it is set up with, in the versions of
web/package-lock.json, and none of their install scripts runs. Where nothing is missing, npm is not called.
Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
LIST, VENDOR, MODULES = WEB / "vendor.json", WEB / "vendor", WEB / "node_modules"


def main() -> int:
    """Fill, check or pin; return the exit code."""
    arguments = _arguments()
    packages = json.loads(LIST.read_text(encoding="utf-8"))
    wanted = {name: package for package in packages for name in _targets(package)}
    wrong = [name for name, package in wanted.items() if not _is_right(name, package)]
    if wrong or arguments.pin or (arguments.dev and not _has_dev_packages()):
        _install(dev=arguments.dev or arguments.pin or _has_dev_packages())
    if arguments.pin:
        LIST.write_text(json.dumps(_pinned(packages), indent=2) + "\n", encoding="utf-8")
        return 0
    for package in packages:
        if any(name in wrong for name in _targets(package)):
            _copy(package)
    _remove_others({_folder(package) for package in packages})
    bad = [name for name, package in wanted.items() if not _is_right(name, package)]
    for name in bad:
        print(f"error: web/vendor/{name} differs from its sha256 in web/vendor.json", file=sys.stderr)
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--pin", action="store_true")
    return parser.parse_args()


def _folder(package: dict) -> str:
    return f"{package['name'].replace('/', '-')}-{package['version']}"


def _targets(package: dict) -> dict[str, str]:
    """Return ``{path under web/vendor: path inside the package}``; the folder carries the version."""
    return {f"{_folder(package)}/{Path(file).name}": file for file in package["files"]}


def _is_right(name: str, package: dict) -> bool:
    file = VENDOR / name
    return file.is_file() and _sha256(file) == package["files"][_targets(package)[name]]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _has_dev_packages() -> bool:
    listed = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    for name, version in listed.items():
        manifest = MODULES / name / "package.json"
        if not manifest.is_file() or json.loads(manifest.read_text(encoding="utf-8"))["version"] != version:
            return False
    return True


def _install(*, dev: bool) -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("error: npm is not installed; the set-up puts one into the virtual environment")
    command = [npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]
    result = subprocess.run([*command] if dev else [*command, "--omit=dev"], cwd=WEB, check=False)
    if result.returncode:
        sys.exit("error: npm could not fetch the browser packages; its reason is above")


def _copy(package: dict) -> None:
    """Copy one package's files, complete under their names or not at all."""
    for target, source in _targets(package).items():
        file = VENDOR / target
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        shutil.copyfile(MODULES / package["name"] / source, draft)
        draft.replace(file)


def _remove_others(folders: set[str]) -> None:
    for folder in VENDOR.iterdir() if VENDOR.is_dir() else ():
        if folder.is_dir() and folder.name not in folders:
            shutil.rmtree(folder)


def _pinned(packages: list[dict]) -> list[dict]:
    pinned = []
    for package in packages:
        folder = MODULES / package["name"]
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        files = {file: _sha256(folder / file) for file in package["files"]}
        about = {"name": package["name"], "version": manifest["version"], "licence": manifest["license"]}
        pinned.append(about | {"use": package["use"], "files": files})
    return pinned


if __name__ == "__main__":
    sys.exit(main())
