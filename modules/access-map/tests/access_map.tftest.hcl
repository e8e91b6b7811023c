mock_provider "cks" {}

# A mocked data source has empty lists.
override_module {
  target = module.read

  outputs = {
    clusters = { production = "81540112-93fc-4d39-af10-fe6c2f4b8824" }

    bindings = [
      {
        id           = "81540112-93fc-4d39-af10-fe6c2f4b8824/admins", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = null, name = "admins", kind = "ClusterRoleBinding", uid = "1"
        cluster_role = "cluster-admin", role = null, users = null, groups = ["oidc:admins"], service_accounts = null
        labels       = null, annotations = null
      },
      {
        id           = "81540112-93fc-4d39-af10-fe6c2f4b8824/shop/view", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "shop", name = "view", kind = "RoleBinding", uid = "2"
        cluster_role = "view", role = null, users = ["ada@example.com"], groups = ["oidc:shop"], service_accounts = null
        labels       = null, annotations = null
      },
      {
        id           = "81540112-93fc-4d39-af10-fe6c2f4b8824/shop/logs", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "shop", name = "logs", kind = "RoleBinding", uid = "3"
        cluster_role = null, role = "logs", users = ["ada@example.com"], groups = ["oidc:shop"], service_accounts = null
        labels       = null, annotations = null
      },
      {
        id           = "81540112-93fc-4d39-af10-fe6c2f4b8824/shop/again", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "shop", name = "again", kind = "RoleBinding", uid = "4"
        cluster_role = "view", role = null, users = ["ada@example.com"], groups = null, service_accounts = ["shop:ci"]
        labels       = null, annotations = null
      },
      {
        id               = "81540112-93fc-4d39-af10-fe6c2f4b8824/odd", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = null, name = "odd", kind = "ClusterRoleBinding", uid = "5"
        cluster_role     = "<b>|`", role = null, users = ["\"]; a --> b %% #quot; \\ style:#a; https://x_y", "a\u202Eb\n"], groups = null
        service_accounts = null, labels = null, annotations = null
      },
    ]

    service_accounts = [
      {
        id     = "81540112-93fc-4d39-af10-fe6c2f4b8824/shop/ci", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "shop", name = "ci", uid = "6", automount_service_account_token = null
        labels = null, annotations = null
        tokens = [
          { secret_name = "ci-token-1", token_id = "a", credential_id = null, state = "issued", created_at = "2026-03-01T00:00:00Z", expires_at = "2026-03-31T00:00:00Z", for_one_run = false },
          { secret_name = "ci-token-2", token_id = "b", credential_id = null, state = "issued", created_at = "2026-03-01T00:00:00Z", expires_at = "2026-03-01T01:00:00Z", for_one_run = true },
          { secret_name = "ci-token-3", token_id = "c", credential_id = null, state = "expired", created_at = "2026-02-28T00:00:00Z", expires_at = "2026-02-28T01:00:00Z", for_one_run = true },
          { secret_name = "ci-token-4", token_id = "d", credential_id = null, state = "pending", created_at = "2026-03-01T00:00:00Z", expires_at = null, for_one_run = true },
        ]
      },
      {
        id     = "81540112-93fc-4d39-af10-fe6c2f4b8824/shop/other", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = "shop", name = "other", uid = "7", automount_service_account_token = null
        labels = null, annotations = null, tokens = []
      },
    ]
  }
}

variables {
  clusters = { production = "81540112-93fc-4d39-af10-fe6c2f4b8824" }
}

run "grants_are_those_of_the_bindings" {
  assert {
    condition = [for grant in output.grants : "${grant.subject_kind} ${grant.subject}: ${grant.role_kind} ${grant.role}" if grant.namespace == "shop"] == [
      "Group oidc:shop: ClusterRole view",
      "Group oidc:shop: Role logs",
      "ServiceAccount shop:ci: ClusterRole view",
      "User ada@example.com: ClusterRole view",
      "User ada@example.com: Role logs",
    ]
    error_message = "Each subject has its roles once: ${jsonencode(output.grants)}"
  }

  assert {
    condition = one([
      for grant in output.grants : grant.bindings if grant.subject == "ada@example.com" && grant.role == "view"
    ]) == tolist(["shop/again", "shop/view"])
    error_message = "A grant names all its bindings."
  }
}

run "subjects_with_the_same_grants_are_one_node_and_so_are_roles_with_the_same_subjects" {
  assert {
    condition     = strcontains(output.pictures[0].mermaid, "(\"Group oidc:shop<br/>User ada#64;example.com\")")
    error_message = output.pictures[0].mermaid
  }

  assert {
    condition     = strcontains(output.pictures[0].mermaid, "(\"ServiceAccount shop:ci · 2 tokens, the last until 2026-03-31\")")
    error_message = output.pictures[0].mermaid
  }
}

run "odd_names_are_text_in_mermaid_and_markdown" {
  assert {
    condition     = strcontains(output.pictures[0].mermaid, "User #34;#93;#59; a --#62; b #37;#37; #35;quot#59; #92; #115;tyle:#35;a#59; https#58;//x#95;y")
    error_message = output.pictures[0].mermaid
  }

  assert {
    condition     = strcontains(output.markdown, "| User <code>a�b�</code> | ClusterRole <code>&#60;b&#62;&#124;&#96;</code> | whole cluster | `odd` |")
    error_message = output.markdown
  }
}

run "names_have_visible_characters_only" {
  override_module {
    target = module.read
    outputs = {
      clusters         = { production = "81540112-93fc-4d39-af10-fe6c2f4b8824" }
      service_accounts = []
      bindings = [{
        id           = "81540112-93fc-4d39-af10-fe6c2f4b8824/odd", cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824", namespace = null, name = "odd", kind = "ClusterRoleBinding", uid = "5"
        cluster_role = "view", role = null, groups = null, service_accounts = null, labels = null, annotations = null
        users = [
          # Mermaid's own marks of codes, of which these would be an entity, and the dot before the note of a token.
          "1\uFB02\u00B0\u00B035\u00B6\u00DF", "2 \u00B7 token",
          # Invisible: Hangul fillers, joiners, variation selectors, tags, controls, other spaces, private use.
          "3\u3164", "4\u115F", "5\u1160", "6\uFFA0", "7\u034F", "8\uFE0F", "9\u200B", "A\u2060", "B\u180E", "C\U000E0041", "E\u00A0", "F\u3000",
          "G\uE000", "H\u17B4", "I\u2800",
          # Directions, and letters of writing from right to left.
          "J\u202E", "K\u2067", "L\u05D0",
          # Combining marks that no letter has, and spaces that are not shown.
          "M\u0338\u0489", " N", "O ", "P  Q",
          # Letters and signs as they are.
          "R Übung Łódź Ωμέγα Юлия 翻訳 サーバー 서울 a:b/c=d+e",
        ]
      }]
    }
  }

  assert {
    condition = [for cell in regexall("\\| User (.*?) \\| ClusterRole", output.markdown) : cell[0]] == [
      "<code>�N</code>", "<code>1���35�ß</code>", "<code>2 � token</code>", "<code>3�</code>", "<code>4�</code>", "<code>5�</code>",
      "<code>6�</code>", "<code>7�</code>", "<code>8�</code>", "<code>9�</code>", "<code>A�</code>", "<code>B�</code>", "<code>C�</code>",
      "<code>E�</code>", "<code>F�</code>", "<code>G�</code>", "<code>H�</code>", "<code>I�</code>", "<code>J�</code>", "<code>K�</code>",
      "<code>L�</code>", "<code>M��</code>", "<code>O�</code>", "<code>P �Q</code>", "`R Übung Łódź Ωμέγα Юлия 翻訳 サーバー 서울 a:b/c=d+e`"
    ]
    error_message = output.markdown
  }

  assert {
    condition = (
      !can(regex("[\uFB02\u00B0\u00B6\u3164\u115F\u034F\uFE0F\u202E]", output.pictures[0].mermaid))
      && strcontains(output.pictures[0].mermaid, "1���35�ß")
      && strcontains(output.pictures[0].mermaid, "User �N")
      && strcontains(output.pictures[0].mermaid, "R Übung Łódź Ωμέγα Юлия 翻訳 サーバー 서울 a:b/c=d+e")
    )
    error_message = output.pictures[0].mermaid
  }
}

run "tokens_of_killed_runs_are_in_the_map_until_they_expire" {
  assert {
    condition     = output.tokens[*].secret_name == ["ci-token-1", "ci-token-2", "ci-token-4"] && !strcontains(output.markdown, "ci-token-3")
    error_message = "The end of a run revokes its token, so that one which is there is of a run that goes on, or was killed: ${jsonencode(output.tokens)}"
  }

  assert {
    condition     = output.tokens[*].for_one_run == [false, true, true]
    error_message = "Which tokens are of runs: ${jsonencode(output.tokens)}"
  }

  assert {
    condition     = strcontains(output.markdown, "| `shop:ci` | `ci-token-1` | 2026-03-01T00:00:00Z | 2026-03-31T00:00:00Z | issued |")
    error_message = output.markdown
  }

  assert {
    condition     = strcontains(output.markdown, "| `shop:ci` | `ci-token-2` | 2026-03-01T00:00:00Z | 2026-03-01T01:00:00Z | issued, for one run |")
    error_message = output.markdown
  }
}

run "clusters_without_bindings_are_named" {
  override_module {
    target  = module.read
    outputs = { clusters = { "train (US-EAST-04A)" = "81540112-93fc-4d39-af10-fe6c2f4b8824" }, bindings = [], service_accounts = [] }
  }

  variables {
    clusters = null
  }

  assert {
    condition     = strcontains(output.markdown, "## <code>train &#40;US-EAST-04A&#41;</code>")
    error_message = output.markdown
  }

  assert {
    condition     = strcontains(output.markdown, "No bindings were listed: there are none, or the cluster could not be read, which a warning of the run says.")
    error_message = output.markdown
  }
}

run "a_cluster_has_one_name" {
  command = plan

  variables {
    clusters = { production = "81540112-93fc-4d39-af10-fe6c2f4b8824", same = "81540112-93fc-4d39-af10-fe6c2f4b8824" }
  }

  expect_failures = [var.clusters]
}

run "a_picture_has_a_sensible_size" {
  command = plan

  variables {
    max_edges = 1000
  }

  expect_failures = [var.max_edges]
}
