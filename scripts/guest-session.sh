#!/bin/sh
# Session of a guest of scripts/guest.sh: monitors the guest while the drill runs. If requested, also records a capture, and
# afterwards one of a single action with the portable probe.
cd /root
eyas=/opt/eyas/bin/eyas
. /session-settings
[ -z "$probe" ] || export EYAS_PROBE="$probe"

# Waits until the log of a process contains a word, or until the process has ended.
ready() {
  while kill -0 "$1" 2>/dev/null && ! grep -q "$3" "$2" 2>/dev/null; do sleep 0.1; done
}

recorder=
if [ -n "$record" ]; then
  $eyas record -w /out/drill.scap.gz 2>/out/record.log &
  recorder=$!
  ready $recorder /out/record.log Recording
fi
$eyas run --json --match all >/out/alerts.jsonl 2>/out/run.log &
watcher=$!
ready $watcher /out/run.log Watching
sleep 2
# shellcheck disable=SC2086
$eyas drill --json ${actions:+--only $actions} >/out/drill.jsonl 2>/out/drill.log
{
  cat /sys/fs/cgroup/cgroup.subtree_control
  find /tmp /dev/shm /sys/fs/cgroup -name 'eyas-drill*' -o -name docker -o -name kubepods
} >/out/left
sleep 1
# shellcheck disable=SC2086
kill -INT $watcher $recorder
wait $watcher
echo "eyas run ended with $?"
[ -n "$recorder" ] || exit 0
wait $recorder
echo "eyas record ended with $?"

EYAS_PROBE=portable $eyas record -w /out/portable.scap.gz >/out/portable.log 2>&1 &
recorder=$!
ready $recorder /out/portable.log Recording
/usr/bin/cat /etc/shadow >/dev/null # with the path, since the shell of BusyBox has a cat of its own
kill -INT $recorder
wait $recorder
echo "eyas record with the portable probe ended with $?"
