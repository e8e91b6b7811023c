#!/usr/bin/env bash
# Stops local-cks. Later steps, such as the ends of other actions, must not use its proxy.
set -euo pipefail

directory="$RUNNER_TEMP/local-cks"
environment="$directory/local-cks.env"
if [[ ! -f $environment ]]; then
    echo "local-cks does not run"
    exit 0
fi
if [[ -f $directory/set ]]; then
    # Empty counts as unset for Go programs, curl and Node.
    cut -d= -f1 "$environment" | sed 's/$/=/' >> "$GITHUB_ENV"
    rm "$directory/set"
fi
"$directory/local-cks" down --environment "$environment"
