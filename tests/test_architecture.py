"""What the house promises of itself: sizes, names, the import contract, and nothing about residents."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gridgis.__main__ import main
from gridgis.config import Config

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "gridgis").rglob("*.py"))
OURS = sorted(
    path
    for folder in ("gridgis", "tests", "bench", "migrations", "scripts")
    for path in (ROOT / folder).rglob("*.py")
)

LONGEST_MODULE, LONGEST_FUNCTION = 400, 40
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "tools",
    "core",
    "manager",
    "managers",
}

# Words of a column or table that would hold something about a resident (counts per building are not that).
ABOUT_A_PERSON = {
    *("person", "persons", "people", "resident", "residents", "citizen", "tenant", "occupant", "surname"),
    *("forename", "phone", "telephone", "mobile", "email", "wechat", "qq", "passport", "birth", "birthday"),
    *(
        "age",
        "gender",
        "sex",
        "ethnic",
        "ethnicity",
        "religion",
        "nationality",
        "marital",
        "spouse",
        "income",
    ),
    *("salary", "disability", "diagnosis", "criminal", "fingerprint", "face", "biometric", "plate", "hukou"),
    *("id_card", "id_number", "identity_number", "full_name", "first_name", "last_name", "given_name"),
    *("family_name", "contact_name", "reporter_name", "worker_name", "owner_person"),
}


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_fits_its_limits(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST_MODULE
    long = {
        node.name: length
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := _lines_of_code(node)) > LONGEST_FUNCTION
    }
    assert not long


def test_no_module_is_named_after_nothing() -> None:
    assert not [
        path for path in MODULES if NAMES_THAT_SAY_NOTHING & {path.stem, *path.relative_to(ROOT).parts}
    ]


def test_init_files_are_empty() -> None:
    assert not [
        path for path in OURS if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()
    ]


def test_imports_keep_the_contract() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_importing_the_package_does_no_work() -> None:
    """Neither a connection, a thread nor a file: what every module of the house does is define."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path.stem != "__main__"
    ]
    program = (
        "import importlib, socket, sys, threading\n"
        "def refuse(*_): raise AssertionError('an import opened a connection')\n"
        "socket.socket.connect = refuse\n"
        "for name in sys.argv[1:]: importlib.import_module(name.removesuffix('.__init__'))\n"
        "ours = [t.name for t in threading.enumerate() if t is not threading.main_thread()]\n"
        "assert not ours, ours\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *names], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_nothing_is_stored_about_residents(session) -> None:
    columns = session.execute(
        text(
            "SELECT c.relname, a.attname FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT EXISTS"
            " (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')"
        )
    ).all()
    assert len(columns) > 100  # the schema is there to be read
    assert not [f"{table}.{column}" for table, column in columns if _words(table, column) & ABOUT_A_PERSON]


def test_every_setting_is_documented() -> None:
    printed = CliRunner().invoke(main, ["settings", "--markdown"]).output
    assert all(setting.metadata["meaning"] in printed for setting in fields(Config))
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == printed, (
        "write it again: gridgis settings --markdown > docs/settings.md"
    )


def test_lock_files_name_no_registry() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text(encoding="utf-8"), lock
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_every_command_explains_itself() -> None:
    for name in main.list_commands(None):
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, (name, result.output)
        assert re.search(r"\n  [A-Z]\w+", result.output), name


def test_usage_errors_exit_2_and_refusals_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2
    assert CliRunner().invoke(main, ["db", "no-such-command"]).exit_code == 2
    monkeypatch.setenv("GRIDGIS_PROT", "8000")
    refused = CliRunner().invoke(main, ["db", "status"])
    assert refused.exit_code == 1
    assert refused.output == "error: unknown setting GRIDGIS_PROT; see docs/settings.md for the list\n"


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Length without the docstring: explaining a rule well must not cost anything."""
    first = node.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def _words(*names: str) -> set[str]:
    """Return the words of snake-case names, alone and in neighbouring pairs."""
    parts = [name.split("_") for name in names]
    return {word for part in parts for word in part} | {"_".join(p) for part in parts for p in pairwise(part)}
