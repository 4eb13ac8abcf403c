"""The wheel, installed into an empty environment and run away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new environment with the wheel in it; the dependencies are those of this run: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    leave = shutil.ignore_patterns(
        ".git", ".venv", "node_modules", "build", "dist", "*.egg-info", ".work", ".*_cache"
    )
    shutil.copytree(ROOT, source, ignore=leave)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source], folder)
    shutil.rmtree(source)

    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    site = next(environment.glob("lib/python3*/site-packages"))
    (wheel,) = folder.glob("*.whl")
    run([*pip, "--python", environment / "bin" / "python", "install", "--no-deps", wheel], folder)
    # After the environment's own folder, so that only the dependencies are taken from here.
    (site / "dependencies.pth").write_text(_dependencies(folder) + "\n")
    yield environment
    shutil.rmtree(folder)


def _dependencies(folder: Path) -> str:
    """Return a folder that shows this run's installed packages less our own (an editable install)."""
    links = folder / "dependencies"
    links.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "gridgis" not in package.name:
            (links / package.name).symlink_to(package)
    return str(links)


def run(command: list[str | Path], folder: Path, **variables: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GRIDGIS_")}
    result = subprocess.run(
        command, cwd=folder, env=inherited | variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_it_runs_from_any_folder(installed: Path, tmp_path: Path) -> None:
    assert "Usage: gridgis" in run([installed / "bin" / "gridgis", "--help"], tmp_path)
    asked = [installed / "bin" / "python", "-c", "import gridgis.paths as p; print(p.resource('web'))"]
    assert str(installed) in run(asked, tmp_path)


def test_it_migrates_an_empty_database(installed: Path, empty_database_url: str, tmp_path: Path) -> None:
    gridgis = installed / "bin" / "gridgis"
    assert "schema empty ->" in run(
        [gridgis, "db", "migrate"], tmp_path, GRIDGIS_DATABASE_URL=empty_database_url
    )
    facts = run([gridgis, "db", "status", "--json"], tmp_path, GRIDGIS_DATABASE_URL=empty_database_url)
    assert json.loads(facts)["current"] is True


def test_it_carries_everything_the_checkout_has_beside_the_package(installed: Path) -> None:
    site = next(installed.glob("lib/python3*/site-packages"))
    command = ["git", "-C", ROOT, "ls-files", "migrations", "tiles", "web", "data", "gridgis"]
    build_only = {"package.json", "package-lock.json", "tsconfig.json", ".npmrc"}
    for name in run(command, ROOT).splitlines():
        path = Path(name)
        if path.name in build_only or not (ROOT / path).exists():
            continue
        inside = site / path if path.parts[0] == "gridgis" else site / "gridgis" / "_resources" / path
        assert inside.is_file(), name
    vendor = site / "gridgis" / "_resources" / "web" / "vendor"
    assert {path.name for path in vendor.iterdir()} == {
        path.name for path in (ROOT / "web" / "vendor").iterdir()
    }


def test_it_carries_nothing_else(installed: Path) -> None:
    site = next(installed.glob("lib/python3*/site-packages"))
    assert not list(site.rglob("node_modules"))
    assert not list((site / "gridgis").rglob("test_*"))
    assert {path.name for path in site.iterdir() if path.suffix not in {".pth", ".dist-info"}} == {"gridgis"}
