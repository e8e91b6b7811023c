#!/usr/bin/env bash
# Downloads local-cks, starts it in the background, and gives its variables to the later steps of the job.
set -euo pipefail
set -f # cluster names are no patterns
token=$INPUT_GITHUB_TOKEN
unset INPUT_GITHUB_TOKEN

case "$(uname -s)_$(uname -m)" in
    Linux_x86_64) platform=linux_amd64 ;;
    Linux_aarch64) platform=linux_arm64 ;;
    *) echo "::error::local-cks has no release archive for $(uname -s) $(uname -m)"; exit 1 ;;
esac
directory="$RUNNER_TEMP/local-cks"
mkdir -p "$directory"
archive="$INPUT_ARCHIVE"
if [[ -z $archive ]]; then
    [[ $INPUT_VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || { echo "::error::version is not X.Y.Z"; exit 1; }
    archive="$directory/local-cks.tar.gz"
    repository=cks-community/terraform-provider-cks
    releases=https://github.com/$repository/releases/download
    curl --proto '=https' --fail --silent --show-error --location --retry 3 --output "$archive" \
        "$releases/v$INPUT_VERSION/local-cks_${INPUT_VERSION}_$platform.tar.gz"
    # Built by the workflow of releases, for this version.
    GH_TOKEN=$token gh attestation verify "$archive" --repo "$repository" \
        --signer-workflow "$repository/.github/workflows/release.yml" --source-ref "refs/tags/v$INPUT_VERSION"
fi
tar --extract --gzip --file "$archive" --directory "$directory" --strip-components 1

environment="$directory/local-cks.env"
arguments=(up --detach --environment "$environment")
for cluster in $INPUT_CLUSTERS; do
    arguments+=(--cluster "$cluster")
done
[[ -z $INPUT_USERS ]] || arguments+=(--users "$INPUT_USERS")
[[ -z $INPUT_CONFIG ]] || arguments+=(--config "$INPUT_CONFIG")
# In the runner's own directory: other users of the machine must not put files there after the end.
XDG_RUNTIME_DIR="$RUNNER_TEMP" "$directory/local-cks" "${arguments[@]}"

# The runner shows *** in its log instead of these.
grep -E '^[A-Z_]*TOKEN=' "$environment" | cut -d= -f2- | while read -r token; do echo "::add-mask::$token"; done
value() { grep "^$1=" "$environment" | cut -d= -f2-; }
echo "environment=$environment" >> "$GITHUB_OUTPUT"
echo "issuer-url=$(value LOCAL_CKS_ISSUER_URL)" >> "$GITHUB_OUTPUT"
if [[ $INPUT_SET_ENVIRONMENT == true ]]; then
    cut -d= -f1 "$environment" > "$directory/set"
    value LOCAL_CKS_BIN >> "$GITHUB_PATH"
    cat "$environment" >> "$GITHUB_ENV"
fi
