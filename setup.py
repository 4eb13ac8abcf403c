"""Puts the folders that live beside the package into the wheel, where gridgis.paths looks for them."""

import json
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
FOLDERS = ("migrations", "tiles", "web", "data")


class BuildWithResources(build_py):
    """Builds the package with its migrations, tile SQL, browser side and sample files inside."""

    def run(self) -> None:
        """Copy them to ``gridgis/_resources``; an editable install reads them where they are."""
        super().run()
        if self.editable_mode:
            return
        missing = [name for name in _vendored() if not (HERE / "web" / "vendor" / name).is_dir()]
        if missing:
            raise SystemExit(f"web/vendor/{missing[0]} is missing; run: python scripts/vendor.py")
        resources = Path(self.build_lib) / "gridgis" / "_resources"
        shutil.rmtree(resources, ignore_errors=True)
        for name in FOLDERS:
            ignored = shutil.ignore_patterns(
                "__pycache__", "node_modules", ".npmrc", "package*.json", "tsconfig.json"
            )
            shutil.copytree(HERE / name, resources / name, ignore=ignored)


def _vendored() -> list[str]:
    packages = json.loads((HERE / "web" / "vendor.json").read_text(encoding="utf-8"))
    return [f"{package['name'].replace('/', '-')}-{package['version']}" for package in packages]


setup(cmdclass={"build_py": BuildWithResources})
