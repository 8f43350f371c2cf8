#!/bin/sh
# Installs the packages of package-lock.json, including Node.js 24, and builds the web UI and the bundle of
# the program, if they are missing or outdated. Requires a git checkout, Node.js 20.20 or newer and npm 11.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if ! [ -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  # npm first empties the directory, even if it is the target of a link.
  if [ -L node_modules ]; then
    echo "setup: node_modules is a link to a directory whose packages differ from package-lock.json; remove the link" >&2
    exit 1
  fi
  echo "Installing packages (once, takes about a minute) …" >&2
  if ! npm ci --loglevel=error --no-audit --no-fund >&2; then
    echo "setup: npm could not install the packages; check that the registry is reachable with 'npm ping'" >&2
    exit 1
  fi
  touch "$installed"
fi

for node in node_modules/.bin/node node; do command -v "$node" >/dev/null 2>&1 && break; done

# build SCRIPT OUTPUT DIRECTORY…: runs the script if a file in the directories is newer than its output.
build() {
  script=$1 output=$2
  shift 2
  newer=$(find "$@" "$script" "$installed" -path ui/built -prune -o -type f -newer "$output" -print 2>/dev/null | head -n 1 || true)
  if ! [ -f "$output" ] || [ -n "$newer" ]; then "$node" --disable-warning=ExperimentalWarning "$script"; fi
}
build scripts/build-ui.ts ui/built/index.html ui ui-shared src
build scripts/build-program.ts built/cli-main.mjs src
