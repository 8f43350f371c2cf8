#!/bin/sh
# Installs the packages of package-lock.json, including Node.js 24, and builds the web page, if they are missing or
# outdated. Requires a git checkout, Node.js 20.20 or newer and npm 11.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if ! [ -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  # npm empties the folder first, also the target of a link.
  if [ -L node_modules ]; then
    echo "setup: node_modules is a link to a folder whose packages differ from package-lock.json; remove the link" >&2
    exit 1
  fi
  echo "Installing packages (once; about a minute) …" >&2
  if ! npm ci --loglevel=error --no-audit --no-fund >&2; then
    echo "setup: npm could not install the packages; check that the registry is reachable with 'npm ping'" >&2
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
