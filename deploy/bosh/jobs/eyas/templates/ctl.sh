#!/bin/bash
# Starts and stops Eyas for monit. Eyas has the same capabilities as in the DaemonSet in deploy/kubernetes.
set -eu

job=/var/vcap/jobs/eyas
run=/var/vcap/sys/run/eyas
log=/var/vcap/sys/log/eyas
data=/var/vcap/data/eyas
pidfile=$run/eyas.pid

running() {
  [ -s "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null
}

case ${1:-} in
  start)
    if running; then exit 0; fi
    mkdir -p "$run" "$log" "$data"
    chmod 700 "$data"
    export NODE_COMPILE_CACHE=$data/compiled
    # setpriv and bin/eyas replace themselves with the program, which therefore keeps their process ID.
    setpriv --no-new-privs --bounding-set -all,+bpf,+perfmon,+sys_ptrace,+dac_read_search,+sys_nice \
      /var/vcap/packages/eyas/bin/eyas run -c "$job/config/eyas.yaml" \
      >>"$log/eyas.stdout.log" 2>>"$log/eyas.stderr.log" </dev/null &
    echo $! >"$pidfile"
    ;;
  stop)
    if running; then
      pid=$(cat "$pidfile")
      kill "$pid"
      # Leaves Eyas time to deliver the last alerts to outputs.
      for _ in $(seq 300); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$pidfile"
    ;;
  *)
    echo "usage: $0 start|stop" >&2
    exit 1
    ;;
esac
