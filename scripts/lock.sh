#!/bin/sh
# Remake requirements/*.txt from pyproject.toml: exact versions, the hashes of every platform, no
# address. Versions already there are kept; `make lock UPGRADE=1` takes the newest ones.
set -eu
cd "$(dirname "$0")/.."

# Locking starts from the public index whatever this machine's own settings say, because the
# hashes must be those that everybody gets.
unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX \
    UV_EXTRA_INDEX_URL UV_FIND_LINKS || true

lock() {
    target=requirements/$1.txt
    shift
    uv pip compile "$@" --no-config --quiet --universal --python-version 3.12 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        ${UPGRADE:+--upgrade} --output-file "$target"
    if grep -n '://' "$target"; then
        echo "$target names an address (above); it may hold names, versions and hashes only." >&2
        exit 1
    fi
    echo "$target: $(grep -c '==' "$target") packages"
}

lock run pyproject.toml
# The tests run with the product's own versions.
lock test pyproject.toml --group test --constraint requirements/run.txt
for group in build uv; do
    lock "$group" --group "pyproject.toml:$group"
done
