# Prints the ID token in an environment variable. $1: API version, $2: name of the variable.
set +xv
fail() { printf 'kubeconfig: %s\n' "$1" >&2; exit 1; }
# Only a name becomes part of what the shell runs. Not every system has `printenv`.
LC_ALL=C
case $2 in '' | [0-9]* | *[!A-Za-z0-9_]*) fail 'This is not the name of an environment variable.' ;; esac
eval "token=\${$2-}"
token=$(printf %s "$token" | tr -d '[:space:]')
[ -n "$token" ] || fail "The environment variable $2 is not set or empty. Set it to an ID token."
what="The environment variable $2"
