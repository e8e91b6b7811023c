data "cks_cluster" "example" {
  name = "example"
}

resource "cks_namespace" "example" {
  cluster_id = data.cks_cluster.example.id
  name       = "team-a"

  labels = {
    team = "a"
  }

  # A destroy refuses while this is on, since it would delete all that is in the namespace.
  deletion_protection = true
}
