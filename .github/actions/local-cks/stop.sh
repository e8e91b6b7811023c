#!/usr/bin/env bash
# Stops local-cks. Later steps, such as the ends of other actions, must not use its proxy.
set -euo pipefail

directory="$RUNNER_TEMP/local-cks"
environment="$directory/local-cks.env"
# First, since the variables stay also after an end that this action does not know of.
if [[ -f $directory/set ]]; then
    # Empty counts as unset for Go programs, curl and Node.
    sed 's/$/=/' "$directory/set" >> "$GITHUB_ENV"
    rm "$directory/set"
fi
if [[ ! -f $environment ]]; then
    echo "local-cks does not run"
    exit 0
fi
"$directory/local-cks" down --environment "$environment"
