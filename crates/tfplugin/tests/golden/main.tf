# What Terraform is asked to send; see README.md.

terraform {
  required_providers {
    recorder = { source = "example/recorder" }
  }
}

# While validating, what it computes is unknown.
resource "terraform_data" "later" {}

data "recorder_bool_false" "it" { value = false }
data "recorder_bool_true" "it" { value = true }
data "recorder_bool_unknown" "it" { value = terraform_data.later.id == "a" }
data "recorder_deep" "it" { value = [[{ a = true }, {}], []] }
data "recorder_dynamic_null" "it" { value = null }
data "recorder_dynamic_object" "it" { value = { a = 1, b = ["x", true], c = null } }
data "recorder_dynamic_string" "it" { value = "x" }
data "recorder_dynamic_unknown" "it" { value = terraform_data.later.output }
data "recorder_dynamic_unknown_string" "it" { value = terraform_data.later.id }
data "recorder_list_empty" "it" { value = [] }
data "recorder_list_long" "it" { value = range(20) }
data "recorder_list_null" "it" { value = null }
data "recorder_list_of_strings" "it" { value = ["b", "a", "b"] }
data "recorder_list_unknown" "it" { value = split(",", terraform_data.later.id) }
data "recorder_list_with_unknown" "it" { value = ["a", terraform_data.later.id, null] }
data "recorder_map_empty" "it" { value = {} }
data "recorder_map_of_numbers" "it" { value = { b = 1, a = 0.25, "ä b" = null } }
data "recorder_number_above_u64" "it" { value = 18446744073709551616 }
data "recorder_number_byte" "it" { value = 200 }
data "recorder_number_half" "it" { value = 0.5 }
data "recorder_number_huge" "it" { value = 1e400 }
data "recorder_number_i64_min" "it" { value = -9223372036854775808 }
data "recorder_number_minus_one" "it" { value = -1 }
data "recorder_number_null" "it" { value = null }
data "recorder_number_seven" "it" { value = "7" }
data "recorder_number_tenth" "it" { value = 0.1 }
data "recorder_number_third" "it" { value = 1 / 3 }
data "recorder_number_tiny" "it" { value = 1e-7 }
data "recorder_number_u64_max" "it" { value = 18446744073709551615 }
data "recorder_number_unknown" "it" { value = tonumber(terraform_data.later.output) }
data "recorder_number_zero" "it" { value = 0 }
data "recorder_object_full" "it" { value = { a = "x", b = [1, 2.5] } }
data "recorder_object_null" "it" { value = null }
data "recorder_object_with_unknown" "it" { value = { a = terraform_data.later.id, b = null } }
data "recorder_set_of_numbers" "it" { value = [10, 9, 0.5, 9] }
data "recorder_set_of_strings" "it" { value = ["ccc", "b", "a", "b"] }
data "recorder_set_with_unknown" "it" { value = ["a", terraform_data.later.id] }
data "recorder_string_decomposed" "it" { value = "a\u0308" }
data "recorder_string_empty" "it" { value = "" }
data "recorder_string_long" "it" { value = join("", [for i in range(40) : "0123456789"]) }
data "recorder_string_null" "it" { value = null }
data "recorder_string_plain" "it" { value = "plain" }
data "recorder_string_refined" "it" { value = "before-${terraform_data.later.id}" }
data "recorder_string_unknown" "it" { value = terraform_data.later.id }
data "recorder_tuple" "it" { value = ["x", 1, true] }
