#!/bin/sh
# Everything that can be checked here: format, lint, the import table, types, tests. Called by `npm test`.
# As root on a Debian it first installs the tools that tests use; elsewhere tests without their tool skip by name.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need clang clang
need llvm-strip llvm
need bpftool bpftool
need rsyslogd rsyslog
need promtool prometheus
need prometheus-alertmanager prometheus-alertmanager
need nats-server nats-server
need redis-server redis-server
need rabbitmq-server rabbitmq-server
need mosquitto mosquitto
need suricata suricata
need nft nftables
need ulogd ulogd2
need ip iproute2
need conntrack conntrack
need curl curl
need kubectl kubernetes-client
need dockerd docker.io
need docker docker-cli
need containerd containerd
need runc runc
need podman podman
need conmon conmon
need busybox busybox-static
need findmnt util-linux
[ -z "${KUBE_APISERVER:-}" ] || need etcd etcd-server
need chromium-headless-shell chromium-headless-shell
if [ "$(uname -m)" = x86_64 ]; then
  need qemu-system-x86_64 qemu-system-x86
  need cpio cpio
  need xz xz-utils
fi
ls /usr/lib/*/librdkafka.so.1 >/dev/null 2>&1 || missing="$missing librdkafka1"
ls /usr/lib/*/ulogd/ulogd_output_JSON.so >/dev/null 2>&1 || missing="$missing ulogd2-json"
ls /usr/lib/*/rsyslog/lmnsd_ossl.so >/dev/null 2>&1 || missing="$missing rsyslog-openssl"
[ -f /usr/include/bpf/bpf_helpers.h ] || missing="$missing libbpf-dev"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing for the tests:$missing"
  # shellcheck disable=SC2086
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "They could not be installed; tests that need them skip."
fi
# The kernel of the guest that tests boot.
if command -v qemu-system-x86_64 >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
  sh scripts/guest-kernel.sh || echo "The guest's kernel could not be brought; tests on it skip."
fi

failed=0
npm run --silent lint || failed=1
vitest run "$@" || failed=1
exit $failed
