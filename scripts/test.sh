#!/bin/sh
# Runs all checks: format, lint, imports, types, tests. Called by `npm test`.
# Missing parts are installed while the first tests run (test/parts/install.ts); if a part cannot be installed, its tests
# are skipped and the table at the end states the reason.
set -u
cd "$(dirname "$0")/.." || exit 1
PATH=$PWD/node_modules/.bin:$PATH
export PATH

failed=0
lint_output=$(mktemp)
trap 'rm -f "$lint_output"' EXIT
nice -n 19 npm run --silent lint >"$lint_output" 2>&1 & # installing leaves a processor idle
lint=$!
# Test processes and the programs that they start load the same modules.
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$PWD/.cache/compiled}
export NODE_COMPILE_CACHE
EYAS_TEST_INSTALL=1 node --disable-warning=ExperimentalWarning scripts/run-tests.ts "$@" || failed=1
wait "$lint" || failed=1
cat "$lint_output"
exit $failed
