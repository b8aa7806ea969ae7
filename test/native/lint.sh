#!/usr/bin/env bash
# Checks the C++: layout with clang-format, defects with clang-tidy. --analyze adds clang's static analyzer, which takes
# twice as long.
set -euo pipefail
cd "$(dirname "$0")/../.."
test/require-tools.sh clang-format:clang-format clang-tidy:clang-tidy cmake:cmake ninja:ninja-build

find native test/native test/fuzz test/faults \( -name '*.cc' -o -name '*.h' -o -name '*.c' \) -print0 |
  xargs -0 clang-format --dry-run -Werror

[ -f build/native/compile_commands.json ] || cmake -S . -B build/native -G Ninja -DGOVERNOR_SANITIZE=ON >/dev/null
checks=()
if [ "${1:-}" = --analyze ]; then
  checks=('--checks=clang-analyzer-*,-clang-analyzer-unix.Vfork,-clang-analyzer-security.insecureAPI.vfork')
fi
# Left out of its output: how many warnings it suppressed in the system's headers.
find native/core native/linux native/lend \( -name '*.cc' -o -name '*.c' \) -print0 |
  xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build/native --quiet "${checks[@]}" \
  2> >(grep -vE '^[0-9]+ warnings? generated' >&2 || true)
