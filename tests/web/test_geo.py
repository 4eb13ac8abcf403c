"""The browser side's pure room, tested in Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_geo_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js; make test installs it")
    done = subprocess.run(
        [node, "--test", str(Path(__file__).with_name("geo.test.mjs"))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
