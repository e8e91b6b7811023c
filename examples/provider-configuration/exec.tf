# All clusters, by a program that prints credentials, as kubectl runs it.
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
