# All clusters, with an exec plugin that prints credentials.
provider "cks" {
  kubernetes = [{
    endpoint = "unmanaged"
    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "robot-token"
      args        = ["--audience", "kubernetes"]
      env         = { ROBOT_PROFILE = "terraform" }
    }
  }]
}
