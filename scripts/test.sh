#!/bin/sh
# Everything that can be checked here: format, lint, the import table, types, tests. Called by `npm test`.
# Before that it brings what tests need and is missing (test/parts/install.ts); what can't be had costs only its own
# tests, and the table at the end says so.
set -u
cd "$(dirname "$0")/.." || exit 1
PATH=$PWD/node_modules/.bin:$PATH
export PATH

failed=0
node --disable-warning=ExperimentalWarning test/parts/install.ts || failed=1
npm run --silent lint || failed=1
vitest run "$@" || failed=1
exit $failed
