# Functions of the workloads. $WORK: a folder of the workload; $UNTIL: second at which it ends.
# The runner creates and removes the folder. It runs a script with the argument "prepare" before, and with "finish" after what is measured.
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

# Waits until a command succeeds, for three minutes at most.
until_true() {
  for _ in $(seq 1 900); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "no success: $*" >&2
  return 1
}

# Root file system of a small Debian in $1, from the cache of the tests if it is there.
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
