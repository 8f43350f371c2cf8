#!/bin/sh
# Builds the eBPF programs in probe/ for each architecture into probe/built, or into the given directory. Requires clang
# 19 (other versions produce other bytes; Debian 12 and 13 have it), bpftool, and the headers of libbpf and Linux
# (Debian: clang-19 bpftool libbpf-dev linux-libc-dev).
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")/.." && pwd)
node=${NODE:-node}
[ -x "$here/node_modules/.bin/node" ] && node=$here/node_modules/.bin/node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "${1:-$here/probe/built}"
out=$(cd "${1:-$here/probe/built}" && pwd)
cd "$here/probe"

# Compiles an object with the given options.
compile() {
  object=$1
  shift
  ${CLANG:-clang-19} -target bpf -mcpu=v3 -g -O2 -Wall -Wno-unused-function -Wno-initializer-overrides -D__TARGET_ARCH_"$target" \
    "$@" -ffile-prefix-map="$here"/= -idirafter /usr/include/"$(uname -m)"-linux-gnu -c "$object".bpf.c -o "$work/$arch.o"
}

for arch in x64 arm64; do
  case $arch in
    x64) target=x86 ;;
    *) target=$arch ;;
  esac
  for object in sensor uring tracepoints transfers; do
    compile $object
    forward=$(${BPFTOOL:-bpftool} btf dump file "$work/$arch.o" | grep " FWD " || true)
    [ "$(echo "$forward" | wc -l)" -le 1 ] || {
      echo "build-probe: $object.bpf.c: complete these types, so that all builds are the same (COMPLETE in kernel.h): $forward" >&2
      exit 1
    }
    ${BPFTOOL:-bpftool} gen skeleton -L "$work/$arch.o" name $object >"$work/$arch.h"
    case $object in
      sensor) "$node" "$here/scripts/pack-probe.ts" "$work/$arch.h" "$out/$arch" ;;
      transfers) "$node" "$here/scripts/pack-probe.ts" "$work/$arch.h" "$out/$arch-$object" scratches counters rings data_settings data_dns ;;
      *) "$node" "$here/scripts/pack-probe.ts" "$work/$arch.h" "$out/$arch-$object" scratches counters rings data_settings ;;
    esac
  done
  # The variant for kernels before 5.17 and without BTF (variant.h).
  compile sensor -DPORTABLE
  "$node" "$here/scripts/pack-portable.ts" "$work/$arch.o" "$out/$arch-portable"
  compile tracepoints -DPORTABLE
  "$node" "$here/scripts/pack-portable.ts" "$work/$arch.o" "$out/$arch-portable-tracepoints" scratches counters rings data_settings
done
