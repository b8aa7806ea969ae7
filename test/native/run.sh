#!/usr/bin/env bash
# Builds the native tests with AddressSanitizer and UndefinedBehaviorSanitizer, and runs them.
#   npm run test:native -- [OPTIONS of ctest, such as -R keeper]
set -euo pipefail
cd "$(dirname "$0")/../.."
test/require-tools.sh c++:g++ cmake:cmake ninja:ninja-build
cmake -S . -B build/native -G Ninja -DCMAKE_BUILD_TYPE=Debug -DGOVERNOR_SANITIZE=ON
cmake --build build/native
ctest --test-dir build/native --output-on-failure "$@"
