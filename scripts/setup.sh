#!/bin/sh
# Brings what the program needs, if it isn't there: the packages of package-lock.json, and with them Node 24; then the
# bundle of the web page. Quick when there is nothing to do. Needs git's checkout, Node 20.20 or newer and npm 11.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if ! [ -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  # npm empties the folder first: behind a link that is somebody else's.
  if [ -L node_modules ]; then
    echo "setup: node_modules is a link to a folder with other packages than package-lock.json names; remove the link" >&2
    exit 1
  fi
  echo "Installing packages (once; about a minute) …" >&2
  if ! npm ci --loglevel=error --no-audit --no-fund >&2; then
    echo "setup: npm could not install the packages; is the registry reachable? ('npm ping' tells)" >&2
    exit 1
  fi
  touch "$installed"
fi

page=ui/built/index.html
newer=$(find ui src scripts/build-ui.ts "$installed" -path ui/built -prune -o -type f -newer "$page" -print 2>/dev/null | head -n 1 || true)
if ! [ -f "$page" ] || [ -n "$newer" ]; then
  for node in node_modules/.bin/node node; do command -v "$node" >/dev/null 2>&1 && break; done
  "$node" --disable-warning=ExperimentalWarning scripts/build-ui.ts
fi
