#!/bin/sh
# What CI runs; `sh ci.sh` does the same at your desk. Needs an environment with jishi installed.
set -eu
cd "$(dirname "$0")"

pip install -e '.[test]'
jishi plugin check fullreduction
pytest --pyargs core.plugin.testing.conformance --plugin fullreduction
pytest
