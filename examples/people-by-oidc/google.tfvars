# Google. The client: Google Cloud console, "Desktop app". Google gives tokens to no client without its secret, PKCE or not,
# and does not take it for confidential in this kind of client:
#
#   export TF_VAR_client_secret=GOCSPX-…

issuer_url = "https://accounts.google.com"
client_id  = "CLIENT_ID.apps.googleusercontent.com"

# `sub` is a number. `email` is verified by Google, and the kubeconfig asks for the scope that gives it.
username_claim  = "email"
username_prefix = "google:"
users           = ["ada@example.com"]

# Google's ID tokens list no groups: users are bound one by one.
groups_claim  = null
groups_prefix = null
groups        = []

# Anybody has an account at Google. `hd` is the Workspace domain, which no account outside of it has.
required_claim = "hd=example.com"
