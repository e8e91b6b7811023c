# Microsoft Entra ID. Client: an app registration with the platform "Mobile and desktop
# applications" and the redirect URI http://localhost. Entra ignores its port. The client is public
# and has no secret.

# Version 2.0 of the endpoint. Tokens of the older https://sts.windows.net/TENANT_ID/ have another
# `iss`.
issuer_url = "https://login.microsoftonline.com/TENANT_ID/v2.0"
client_id  = "CLIENT_ID"

# `oid` never changes and is never reassigned. `preferred_username` is easier to read, but can be
# reassigned: do not use it in bindings. `sub` differs for each app registration.
username_claim  = "oid"
username_prefix = "entra:"

# Tokens contain `oid` only with the scope `profile`.
extra_scopes = ["profile"]

# Token configuration → Add groups claim → "Groups assigned to the application": a claim with at most
# 200 groups. The token of a user with more groups contains a link instead, which Kubernetes does not
# follow, so the user has no groups. The claim contains object ids, not names.
groups_claim  = "groups"
groups_prefix = "entra:"
groups        = ["GROUP_OBJECT_ID"]
