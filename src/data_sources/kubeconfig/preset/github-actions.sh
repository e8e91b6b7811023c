# Requests an ID token of this job of GitHub Actions. $1: API version, $2: audience.
set +xv
fail() { printf 'kubeconfig: %s\n' "$1" >&2; exit 1; }
url=${ACTIONS_ID_TOKEN_REQUEST_URL-} credential=${ACTIONS_ID_TOKEN_REQUEST_TOKEN-}
[ -n "$url" ] && [ -n "$credential" ] || fail 'ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set. Add `permissions: id-token: write` to the job in the workflow.'
case $url in
*@* | *[[:space:]]*) fail 'ACTIONS_ID_TOKEN_REQUEST_URL is not a URL.' ;;
https://* | http://127.0.0.1:*) ;;
*) fail 'ACTIONS_ID_TOKEN_REQUEST_URL is not an https URL.' ;;
esac
case $credential in *[!A-Za-z0-9._~+/=-]*) fail 'ACTIONS_ID_TOKEN_REQUEST_TOKEN is not a token.' ;; esac
command -v curl >/dev/null || fail 'curl is not installed.'
# The credential is in no argument, since those are in process lists.
answer=$(printf 'Authorization: Bearer %s\n' "$credential" |
  curl -q -gGsS --max-time 20 --retry 2 -H @- --data-urlencode "audience=$2" -w '\n%{http_code}' -- "$url") ||
  fail "The request for an ID token for the audience $2 failed."
status=${answer##*[!0-9]} body=${answer%???}
if [ "$status" != 200 ]; then
  case $body in *"$credential"* | *eyJ*) body='(a response with a token)' ;; esac
  body=$(printf %s "$body" | tr -d '[:cntrl:]' | cut -c 1-300)
  fail "GitHub Actions issued no ID token for the audience $2: HTTP $status: $body"
fi
token=$(printf %s "$body" | sed -n 's/.*"value"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
what='The response of GitHub Actions'
