# The provider's schema alone: what is read, and that an organisation without clusters is an empty map.
mock_provider "cks" {}

run "all_clusters_are_read_without_clusters" {
  assert {
    condition     = output.markdown == "# Who can do what\n"
    error_message = output.markdown
  }
}

run "named_clusters_are_read_one_by_one" {
  variables {
    clusters = { production = "81540112-93fc-4d39-af10-fe6c2f4b8824", test = "9a6d1f3e-0c52-4b7e-8f55-2f0a7b1c4d10" }
  }

  assert {
    condition     = length(regexall("No bindings were listed: there are none[.]", output.markdown)) == 2
    error_message = output.markdown
  }
}
