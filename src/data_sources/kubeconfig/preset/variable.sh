# Prints the ID token in an environment variable. $1: API version, $2: name of the variable.
set +xv
fail() { printf 'kubeconfig: %s\n' "$1" >&2; exit 1; }
token=$(printenv "$2" | tr -d '[:space:]')
[ -n "$token" ] || fail "The environment variable $2 is not set or empty. Set it to an ID token."
what="The environment variable $2"
