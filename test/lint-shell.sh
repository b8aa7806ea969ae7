#!/bin/sh
# Checks every shell script with shellcheck: npm run lint.
set -eu
cd "$(dirname "$0")/.."
test/require-tools.sh shellcheck:shellcheck
git ls-files -z '*.sh' .ci/run test/engines/slurm-up test/engines/slurm-down test/engines/mpi-fake-host |
  xargs -0 shellcheck
