# Google. Client: Google Cloud console, "Desktop app". Google requires the client secret even with
# PKCE, and does not treat it as confidential for this type of client:
#
#   export TF_VAR_client_secret=GOCSPX-…

issuer_url = "https://accounts.google.com"
client_id  = "CLIENT_ID.apps.googleusercontent.com"

# `sub` is a number. Google verifies `email`, and the kubeconfig requests the scope for it.
username_claim  = "email"
username_prefix = "google:"
users           = ["ada@example.com"]

# Google's ID tokens contain no groups: list users instead.
groups_claim  = null
groups_prefix = null
groups        = []

# Restricts the login to one Workspace domain. Without it, every Google account can log in.
required_claim = "hd=example.com"
