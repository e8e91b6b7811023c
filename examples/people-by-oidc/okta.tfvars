# Okta. Client: a native application (OIDC) with authorization code and PKCE, and both redirect URIs of
# the output `redirect_uris`. The client is public and has no secret.

# A custom authorization server, such as `default`. The organisation's own server
# (https://example.okta.com) omits groups from ID tokens that are issued with an access token, as in
# this flow.
issuer_url = "https://example.okta.com/oauth2/default"
client_id  = "CLIENT_ID"

username_claim  = "email"
username_prefix = "okta:"

# Authorization server → Claims: a claim `groups` in the ID token, "Always", value type "Groups" with a
# filter for the required groups. It requires no scope if it is included in any scope.
groups_claim  = "groups"
groups_prefix = "okta:"
groups        = ["platform"]
