#!/bin/sh
# Everything a machine can hold about the code: run all of it, say at the end whether all of it passed.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=

run() {
    echo "== $*"
    "$@" || failed="$failed $(basename "$1")"
}

run .venv/bin/ruff check .
run .venv/bin/ruff format --check .
run .venv/bin/mypy
run .venv/bin/lint-imports
if [ -n "$(find web/js -name '*.js' -print -quit 2>/dev/null)" ]; then
    PATH="$PWD/.venv/bin:$PATH" run web/node_modules/.bin/tsc --noEmit -p web/tsconfig.json
fi
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
