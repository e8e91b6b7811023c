# What Terraform is asked to store; see README.md. The values of ../main.tf, but for those that are unknown.

terraform {
  required_providers {
    recorder = { source = "example/recorder" }
  }
}

resource "recorder_all" "it" {
  bool_false        = false
  bool_true         = true
  deep              = [[{ a = true }, {}], []]
  dynamic_null      = null
  dynamic_object    = { a = 1, b = ["x", true], c = null }
  dynamic_string    = "x"
  list_empty        = []
  list_long         = range(20)
  list_null         = null
  list_of_strings   = ["b", "a", "b"]
  map_empty         = {}
  map_of_numbers    = { b = 1, a = 0.25, "ä b" = null }
  number_above_u64  = 18446744073709551616
  number_byte       = 200
  number_half       = 0.5
  number_huge       = 1e400
  number_i64_min    = -9223372036854775808
  number_minus_one  = -1
  number_null       = null
  number_seven      = "7"
  number_tenth      = 0.1
  number_third      = 1 / 3
  number_tiny       = 1e-7
  number_u64_max    = 18446744073709551615
  number_zero       = 0
  object_full       = { a = "x", b = [1, 2.5] }
  object_null       = null
  set_of_numbers    = [10, 9, 0.5, 9]
  set_of_strings    = ["ccc", "b", "a", "b"]
  string_decomposed = "a\u0308"
  string_empty      = ""
  string_long       = join("", [for i in range(40) : "0123456789"])
  string_null       = null
  string_plain      = "plain"
  tuple             = ["x", 1, true]
}
