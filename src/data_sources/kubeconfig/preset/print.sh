case $token in
*[!A-Za-z0-9_.-]* | *.*.*.*) fail "$what has no ID token." ;;
?*.?*.?*) ;;
*) fail "$what has no ID token." ;;
esac
claims=${token#*.} claims=${claims%.*}
case $((${#claims} % 4)) in 2) claims=$claims== ;; 3) claims=$claims= ;; esac
exp=$(printf %s "$claims" | tr '_-' '/+' | base64 -d 2>/dev/null | sed -n 's/.*"exp"[[:space:]]*:[[:space:]]*\([0-9]*\).*/\1/p')
[ -n "$exp" ] || fail "$what has an ID token without a time of expiry."
until=$(date -u -d "@$exp" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$exp" +%Y-%m-%dT%H:%M:%SZ)
[ "$exp" -gt "$(date +%s)" ] || printf 'kubeconfig: %s has an ID token that expired at %s.\n' "$what" "$until" >&2
printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}\n' "$1" "$token" "$until"
