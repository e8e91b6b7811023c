# Microsoft Entra ID. The client: an app registration with the platform "Mobile and desktop applications" and the redirect URI
# http://localhost, of which Entra does not compare the port. A public client: no secret.

# Version 2 of the endpoint. The older https://sts.windows.net/TENANT_ID/ issues other tokens, with another `iss`.
issuer_url = "https://login.microsoftonline.com/TENANT_ID/v2.0"
client_id  = "CLIENT_ID"

# `oid` never changes and is never given to somebody else. `preferred_username` reads better and can be given to somebody else:
# bind nobody by it. `sub` is another one for each app registration.
username_claim  = "oid"
username_prefix = "entra:"

# Entra gives `oid` for the scope `profile` only.
extra_scopes = ["profile"]

# Token configuration → Add groups claim → "Groups assigned to the application": a claim of at most 200 groups. Somebody in more
# gets a link in its place, which Kubernetes cannot follow, and so has no groups at all. The claim lists object ids, not names.
groups_claim  = "groups"
groups_prefix = "entra:"
groups        = ["GROUP_OBJECT_ID"]
