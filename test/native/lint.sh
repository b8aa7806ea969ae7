#!/usr/bin/env bash
# Checks the C++: layout with clang-format, defects with clang-tidy. --analyze adds clang's static analyzer, which takes
# twice as long. clang-tidy needs build/native/compile_commands.json, which `npm run test:native` writes.
set -euo pipefail
cd "$(dirname "$0")/../.."

find native test/native test/fuzz \( -name '*.cc' -o -name '*.h' -o -name '*.c' \) -print0 |
  xargs -0 clang-format --dry-run -Werror

if [ ! -f build/native/compile_commands.json ]; then
  echo 'test/native/lint.sh: build/native/compile_commands.json is missing: run npm run test:native first' >&2
  exit 2
fi
checks=()
if [ "${1:-}" = --analyze ]; then
  checks=('--checks=clang-analyzer-*,-clang-analyzer-unix.Vfork,-clang-analyzer-security.insecureAPI.vfork')
fi
# Left out of its output: how many warnings it suppressed in the system's headers.
find native/core native/linux -name '*.cc' -print0 |
  xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build/native --quiet "${checks[@]}" \
  2> >(grep -vE '^[0-9]+ warnings? generated' >&2 || true)
