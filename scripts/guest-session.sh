#!/bin/sh
# What a guest of scripts/guest.sh does: watches and records itself while the drill runs.
cd /root
eyas=/opt/eyas/bin/eyas

# Waits up to a minute until a log holds a word.
ready() {
  tries=0
  until grep -q "$2" "$1" 2>/dev/null || [ $tries -ge 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
}

$eyas record -w /out/drill.scap.gz 2>/out/record.log &
recorder=$!
ready /out/record.log Recording
$eyas run --json --match all >/out/alerts.jsonl 2>/out/run.log &
watcher=$!
ready /out/run.log Watching
sleep 2
$eyas drill --json >/out/drill.jsonl 2>/out/drill.log
{
  cat /sys/fs/cgroup/cgroup.subtree_control
  find /tmp /dev/shm /sys/fs/cgroup -name 'eyas-drill*' -o -name docker -o -name kubepods
} >/out/left
sleep 1
kill -INT $watcher $recorder
wait $watcher $recorder
