#!/usr/bin/env bash
# Measures a server of this tree on this machine and prints Markdown: the tables of docs/performance.md.
#
#   jmh/measure.sh [SECTION…]     bars latency bulk million listing group parts kernel asserts (default: all; about 30 minutes)
#
#   SECONDS_EACH=6 ROUNDS=3       seconds and rounds per figure; what is printed is the median round by the server's CPU time
#   SIZES='1024 65536' COUNT=1000000   objects of the section million
#
# Nothing else should run meanwhile. Needs Linux; fio for the disk's own figures, where it is installed. Builds what is missing.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
seconds=${SECONDS_EACH:-6}
rounds=${ROUNDS:-3}
work=$(mktemp -d "${TMPDIR:-/tmp}/hayloft-measure.XXXXXX")
data=$work/data
pid=
floor_pids=
buckets=0
cleanup() {
  for process in $pid $floor_pids; do kill "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
export HAYLOFT_ROOT_USER=measureaccess HAYLOFT_ROOT_PASSWORD=measuresecret0123

now() { date +%s%N; }

start_server() { # FLAGS…; sets pid, endpoint, started_ms
  local from line
  : >"$work/out"
  from=$(now)
  "$home/hayloft" server --dir "$data" --bind 127.0.0.1 --s3-port 0 --master-port 0 --volume-port 0 --filer-port 0 --admin-port 0 "$@" \
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
fresh() { rm -rf "$work/data"; }
rss() { awk '/VmRSS/ {printf "%d MiB", $2 / 1024}' "/proc/$pid/status"; }

# bench ENDPOINT PID ARGUMENTS…: one row of hayloft bench: the round with the median CPU time per request.
bench() {
  local at=$1 process=$2 round
  shift 2
  : >"$work/rows"
  for ((round = 0; round < rounds; round++)); do
    local more=()
    [[ $round = 0 || " $* " = *" --no-prepare "* ]] || more=(--no-prepare)
    # Puts of every round go to a bucket of their own: overwriting makes garbage, and collecting that costs what another figure pays.
    [[ $1 != put ]] || more+=(--bucket "put-$((buckets += 1))")
    "$home/hayloft" bench "$@" "${more[@]}" --endpoint "$at" --server-pid "$process" --seconds "$seconds" --warmup "$((round == 0 ? ${warmup:-10} : 2))" >>"$work/rows"
  done
  awk '{for (i = 1; i < NF; i++) if ($i == "server") print $(i + 1) "\t" $0}' "$work/rows" | sort -n | cut -f2- | sed -n "$(((rounds + 1) / 2))p"
}
measure() { bench "$endpoint" "$pid" "$@"; }

# Pages that the machine has never touched are many times slower to write than pages that were freed before.
touch_memory() { dd if=/dev/zero of="$work/touch" bs=1M count="${TOUCH_MIB:-6000}" status=none && rm "$work/touch"; }

section() {
  printf '\n## %s\n```\n' "$1"
}

class_path() { printf %s "$home/jmh/target/classes:$home/jmh/target/lib/*"; }

start_floor() { # BYTES; sets floor, floor_pid
  : >"$work/floor" # or the address of the one before might still be read
  "$java" -XX:+UseSerialGC -Xmx128m --enable-native-access=ALL-UNNAMED -cp "$(class_path)" hayloft.jmh.http.FloorServer "$1" >"$work/floor" &
  floor_pid=$!
  floor_pids+=" $floor_pid"
  until grep -q '^floor ' "$work/floor"; do sleep 0.05; done
  floor=$(sed -n 's/^floor //p' "$work/floor")
}

# A request against Hayloft and against the bare pipeline, in the same run: every row has its floor under it.
pair() { # WORKLOAD FLAGS…
  measure "$@" | sed 's/^/hayloft /'
  bench "$floor" "$floor_pid" "$@" --no-prepare | sed 's/^/floor   /'
}

bars() {
  section "Server CPU time per request, beside the floor (the same pipeline, the answer from memory)"
  start_floor 4096
  start_server
  echo "start, empty store: $started_ms ms; idle RSS $(rss)"
  touch_memory
  for workload in get head put; do
    pair $workload --size 4096 --clients 16
  done
  measure list --clients 1 --no-prepare
  pair get --size 4096 --clients 1
  start_floor 1048576
  pair get --size 1048576 --clients 4 --bucket mib --objects 300
  pair put --size 1048576 --clients 4
  echo "RSS after that: $(rss)"
  stop_server
  kill $floor_pids
  floor_pids=
  fresh
  echo '```'
}

latency() {
  local durability clients
  for durability in fsync os; do
    section "4 KiB, durability $durability"
    start_server --durability $durability
    for clients in 1 16 64; do measure put --size 4096 --clients $clients; done
    for clients in 1 16 64; do measure get --size 4096 --clients $clients; done
    stop_server
    fresh
    echo '```'
  done
}

# Two servers, one of them with assertions, are measured in turn: what is printed is what assertions cost.
asserts() {
  section "Server CPU time per request with assertions (-ea), against a server without, in turn"
  start_server
  local plain=$endpoint plain_pid=$pid workload
  floor_pids+=" $pid"
  data=$work/data-ea
  HAYLOFT_JAVA_OPTS="${HAYLOFT_JAVA_OPTS:-} -ea" start_server
  data=$work/data
  for workload in get put; do
    "$home/hayloft" bench $workload --size 4096 --clients 16 --seconds "$seconds" --rounds $((rounds + rounds % 2)) --warmup "${warmup:-10}" \
      --endpoint "$endpoint" --server-pid "$pid" --versus "$plain" --versus-server-pid "$plain_pid" || echo "$workload: some requests failed"
  done
  stop_server
  kill "$plain_pid"
  wait "$plain_pid" || true
  floor_pids=
  rm -rf "$work/data-ea"
  fresh
  echo '```'
}

bulk() {
  section "Throughput of large objects"
  start_server
  touch_memory
  for size in 1048576 67108864; do
    measure put --size $size --clients 4
    measure get --size $size --clients 4 --bucket "s$size" --objects 16
  done
  echo "RSS after that: $(rss)"
  stop_server
  fresh
  echo '```'
}

million() {
  local size count
  for size in ${SIZES:-1024 65536}; do
    count=${COUNT:-1000000}
    section "$count objects of $size bytes"
    start_server
    "$home/hayloft" bench put --size $size --clients 64 --objects "$count" --endpoint "$endpoint" --count "$count" --server-pid "$pid"
    stop_server
    echo "disk bytes per object beyond its $size: $(($(du -s --block-size=1 "$work/data" | cut -f1) / count - size))"
    start_server
    echo "start after a clean stop: $started_ms ms, RSS $(rss)"
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    start_server
    echo "start after kill -9: $started_ms ms"
    stop_server
    rm -rf "$work/data/catalog"
    start_server
    echo "start with the catalog deleted: $started_ms ms, $((count * 1000 / started_ms)) objects/s, CPU $(awk '{print ($14 + $15) / 100}' "/proc/$pid/stat") s"
    stop_server
    fresh
    echo '```'
  done
}

listing() {
  local count=${COUNT:-1000000}
  section "Listing $count keys under 10 prefixes"
  start_server
  "$home/hayloft" bench put --size 16 --clients 64 --prefixes 10 --endpoint "$endpoint" --count "$count" --server-pid "$pid"
  measure list --clients 1 --no-prepare --objects "$count" --prefixes 10
  measure list --clients 1 --no-prepare --grouped --prefixes 10
  stop_server
  fresh
  echo '```'
}

group() {
  section "Group commit: durable appends to one volume"
  if command -v fio >/dev/null; then
    for block in 1k 64k; do
      fio --name=sync --directory="$work" --rw=write --bs=$block --size=256m --fdatasync=1 --runtime=5 --time_based --output-format=terse \
        --terse-version=3 | awk -F';' -v b=$block '{printf "fio, one job, fdatasync after each %s: %d writes/s\n", b, $49}'
      rm -f "$work"/sync*
    done
  fi
  mkdir "$work/group"
  "$java" -XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED -cp "$(class_path)" hayloft.jmh.volume.GroupCommit "$work/group" 3
  echo '```'
  section "Index of one volume with 30 million needles, 64 MB heap"
  mkdir "$work/map"
  "$java" -XX:+UseSerialGC -Xmx64m --enable-native-access=ALL-UNNAMED -cp "$(class_path)" hayloft.jmh.volume.NeedleMapFill "$work/map"
  echo '```'
}

kernel() {
  section "What the kernel alone takes to send a MiB of a file, three times each"
  command -v gcc >/dev/null || { echo "needs gcc"; echo '```'; return; }
  gcc -O2 -msse4.2 -o "$work/large_reads" "$home/jmh/src/main/c/large_reads.c"
  for round in 1 2 3; do
    for way in memory copied mapped spliced sendfile; do "$work/large_reads" "$work/file" 4000 $way; done
  done | sort
  echo '```'
}

parts() {
  section "Parts of the hot path (JMH)"
  "$java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$(class_path)" org.openjdk.jmh.Main -jvmArgs "-Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Djava.library.path=$home/cli/target/hayloft/native" \
    -prof gc 2>&1 | grep -E '^Benchmark |  avgt  '
  echo '```'
}

"$home/hayloft" --version >/dev/null
java=$(find /usr/lib/jvm /opt -maxdepth 3 -path '*/bin/java' 2>/dev/null | while read -r candidate; do
  "$candidate" -version 2>&1 | grep -q 'version "25' && echo "$candidate" && break
done)
[ -z "${HAYLOFT_JAVA_HOME:-}" ] || java=$HAYLOFT_JAVA_HOME/bin/java
# What is older than the sources measures another program.
if [ ! -d "$home/jmh/target/lib" ] || [ -n "$(find "$home"/{common,volume,master,filer,s3-gateway,cli,jmh}/src/main -newer "$home/jmh/target/measured" 2>&1 | head -n 1)" ]; then
  (cd "$home" && ./mvnw -q -B -DskipTests -pl jmh -am package && touch jmh/target/measured)
fi

echo "Hardware: $(nproc) x $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo), $(awk '/MemTotal/ {printf "%d GiB", $2 / 1048576}' /proc/meminfo), $(df --output=fstype "$work" | tail -1)"
echo "Program: $("$home/hayloft" --version | head -1)"
[ $# -gt 0 ] || set -- bars latency bulk million listing group parts kernel asserts
for chosen; do
  "$chosen"
done
