#!/usr/bin/env bash
# Measures a server of this tree on this machine and prints Markdown: the tables of docs/performance.md.
#
#   jmh/measure.sh [SECONDS]      seconds per figure (default 10); everything takes some minutes
#
# Needs a build (./hayloft --version makes one) and Linux; fio for the disk's own figures, where it is installed.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-10}
work=$(mktemp -d "${TMPDIR:-/tmp}/hayloft-measure.XXXXXX")
pid=
cleanup() {
  [[ -z $pid ]] || kill "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
export HAYLOFT_ROOT_USER=measureaccess HAYLOFT_ROOT_PASSWORD=measuresecret0123

now() { date +%s%N; }

start_server() { # FLAGS…; sets pid, endpoint, started_ms
  local from line
  : >"$work/out"
  from=$(now)
  "$home/hayloft" server --dir "$work/data" --bind 127.0.0.1 --s3-port 0 --master-port 0 --volume-port 0 --filer-port 0 "$@" \
    >"$work/out" 2>>"$work/log" &
  pid=$!
  until line=$(grep -m1 -o 's3=http://[^ ]*' "$work/out"); do
    kill -0 "$pid" || { cat "$work/log" >&2; exit 1; }
    sleep 0.01
  done
  started_ms=$((($(now) - from) / 1000000))
  endpoint=${line#s3=}
}
stop_server() { kill "$pid"; wait "$pid" || true; pid=; }
bench() { "$home/hayloft" bench "$@" --endpoint "$endpoint" --server-pid "$pid" --seconds "$seconds" --warmup "${warmup:-5}"; }
rss() { awk '/VmRSS/ {printf "%d MiB", $2 / 1024}' "/proc/$pid/status"; }

echo "Hardware: $(nproc) x $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo), $(awk '/MemTotal/ {printf "%d GiB", $2 / 1048576}' /proc/meminfo), $(df --output=fstype "$work" | tail -1)"
echo "Program: $("$home/hayloft" --version | head -1)"
echo
if command -v fio >/dev/null; then
  echo "Disk: fio, 4 KiB appends with fdatasync after each, one job:"
  fio --name=sync --directory="$work" --rw=write --bs=4k --size=64m --fdatasync=1 --runtime=5 --time_based --output-format=terse \
    --terse-version=3 | awk -F';' '{printf "%d durable writes/s\n", $49}'
  rm -f "$work"/sync*
  echo
fi

for durability in fsync os; do
  echo "## 4 KiB, durability $durability"
  echo '```'
  start_server --durability $durability
  [[ $durability != fsync ]] || echo "started in $started_ms ms, idle RSS $(rss)"
  for clients in 1 16 64; do bench put --size 4096 --clients $clients; done
  for clients in 1 16 64; do bench get --size 4096 --clients $clients --objects 10000; done
  if [[ $durability = fsync ]]; then
    bench head --size 4096 --clients 16 --no-prepare
    bench list --clients 1 --no-prepare
    warmup=3
    bench put --size 1048576 --clients 4 --bucket mib
    bench get --size 1048576 --clients 4 --bucket mib --objects 500
    bench put --size 67108864 --clients 4 --bucket large
    bench get --size 67108864 --clients 4 --bucket large --objects 16
    warmup=5
    echo "RSS after load: $(rss)"
  fi
  stop_server
  echo '```'
  rm -rf "$work/data"
done

echo "## One million objects of 1 KiB"
echo '```'
start_server
"$home/hayloft" bench put --size 1024 --clients 64 --objects 1000000 --endpoint "$endpoint" --count 1000000 --server-pid "$pid"
stop_server
bytes=$(du -s --block-size=1 "$work/data" | cut -f1)
echo "disk bytes per object beyond its 1,024: $((bytes / 1000000 - 1024))"
start_server
echo "started with 1 M objects after a clean stop in $started_ms ms, RSS $(rss)"
kill -9 "$pid"; wait "$pid" 2>/dev/null || true
start_server
echo "started with 1 M objects after kill -9 in $started_ms ms"
stop_server
rm -rf "$work/data/catalog"
start_server
echo "catalog rebuilt and started in $started_ms ms: $((1000000 * 1000 / started_ms)) objects/s"
stop_server
echo '```'
