# Functions for the workloads. $WORK is the directory of the workload, and $UNTIL the time in seconds at which the
# workload ends. The runner creates and removes the directory. It runs a script with the argument "prepare" before the
# measurement, and with "finish" after the measurement.
set -u
export DEBIAN_FRONTEND=noninteractive

# Runs a command in the background until the workload ends.
started=
start() {
  "$@" &
  started="$started $!"
}

# Whether there is time for another round.
more() {
  [ "$(date +%s)" -lt "$UNTIL" ]
}

# Waits until a command succeeds, for at most three minutes.
until_true() {
  for _ in $(seq 1 900); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "the command did not succeed: $*" >&2
  return 1
}

# Creates the root file system of a small Debian in $1, from the cache of the tests if possible.
debian_root() {
  cache=${EYAS_TEST_CACHE:-$HOME/.cache/eyas-tests}
  saved=$cache/benign-debian.tar
  mkdir -p "$1" "$cache"
  if [ -f "$saved" ]; then
    tar -C "$1" -xf "$saved"
  else
    debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$1"
    tar -C "$1" -cf "$saved.new" . && mv "$saved.new" "$saved"
  fi
  cp /etc/resolv.conf "$1/etc/resolv.conf"
}
