#!/usr/bin/env bash
# Runs every fuzz target, two at a time, and prints a line for each:
#   npm run fuzz -- [SECONDS each: 60] [TARGET…]
# Seeds are made from recorded machines (test/README.md) and from a few texts of our own. New inputs stay in
# build/fuzz/corpus, an input that breaks something in build/fuzz/findings. Exit status: 1 if there is one, 2 if
# something is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "fuzz: invalid SECONDS \"$seconds\": expected an integer" >&2; exit 2; }
shift || true
test/require-tools.sh clang++:clang cmake:cmake ninja:ninja-build
recordings=${GOVERNOR_RECORDINGS:-../shared/topologies}
if ! ls "$recordings"/*.tar.gz >/dev/null 2>&1; then
  remedy='set GOVERNOR_RECORDINGS=DIR (CONTRIBUTING.md)'
  echo "fuzz: seeds of recorded machines left out, no recordings in $recordings: $remedy" >&2
  [ -z "${CI-}" ] || exit 2
fi

build=build/fuzz
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
  -DGOVERNOR_FUZZ=ON >/dev/null
cmake --build $build | tail -n 1 >&2

memory=$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")
work=$(mktemp -d "$memory/governor-fuzz-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/recordings" "$work/machines"
if [ -n "${GOVERNOR_RECORDINGS:-}" ]; then
  for archive in "$GOVERNOR_RECORDINGS"/*.tar.gz; do
    tar xzf "$archive" -C "$work/recordings" --no-same-owner
  done
fi
node test/fuzz/seeds.mjs "$work/seeds" "$work/recordings"
rm -rf "$work/recordings"

# A target of texts.mjs, which has no coverage to report.
fuzz_texts() {
  local target=$1 log=$build/$1.log status=0 executions
  executions=$(node test/fuzz/texts.mjs "$seconds" "$target" 2>"$log") || status=$?
  printf '%-8s %11s executions               %s\n' "$target" "${executions:-?}" \
    "$([ $status = 0 ] && echo 'no finding' || echo "A FINDING: $log")"
  return $status
}

fuzz() {
  local target=$1 log=$build/$1.log seeds=$work/seeds/$1 status=0
  mkdir -p "$build/corpus/$target" "$build/findings" "$seeds"
  TMPDIR=$work/machines "$build/fuzz_$target" "$build/corpus/$target" "$seeds" \
    -artifact_prefix="$build/findings/$target-" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1 || status=$?
  local executions coverage findings
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d ' ' -f 2 || true)
  findings=$([ $status = 0 ] && echo 'no finding' || echo "A FINDING: $log")
  printf '%-8s %11s executions %6s edges  %s\n' "$target" "${executions:-?}" "${coverage:-?}" "$findings"
  return $status
}

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  for file in test/fuzz/*.cc; do targets+=("$(basename "$file" .cc)"); done
  targets+=(claim saved host)
fi
failed=0 running=0
for target in "${targets[@]}"; do
  if [ $running = 2 ]; then
    wait -n || failed=1
    running=1
  fi
  if [ -f "test/fuzz/$target.cc" ]; then fuzz "$target" & else fuzz_texts "$target" & fi
  running=$((running + 1))
done
while [ $running -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit $failed
