data "cks_cluster" "example" {
  name = "example"
}

resource "cks_namespace" "example" {
  cluster_id = data.cks_cluster.example.id
  name       = "team-a"

  labels = {
    team = "a"
  }

  # Prevents a destroy, which would delete everything in the namespace.
  deletion_protection = true
}
