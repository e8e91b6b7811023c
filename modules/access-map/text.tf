# Names as texts that neither Mermaid nor Markdown reads as anything else. A user may have any name.

locals {
  names = distinct(concat(
    local.grants[*].subject,
    local.grants[*].role,
    local.grants[*].scope,
    values(local.name_of),
    flatten(local.grants[*].bindings),
    keys(local.clusters),
    [for account in local.service_accounts : "${account.namespace}:${account.name}"],
    flatten([for tokens in values(local.tokens) : tokens == null ? [] : tokens[*].secret_name]),
  ))

  # Without control characters, and without those that are invisible or reorder text, with which a name can pass for another.
  visible = { for name in local.names : name => replace(name, "/[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}]/", "\uFFFD") }

  # ASCII characters that Mermaid, Markdown or HTML give a meaning, by their code.
  codes = {
    "!" = 33, "\"" = 34, "#" = 35, "$" = 36, "%" = 37, "&" = 38, "'" = 39, "(" = 40, ")" = 41, "*" = 42
    ";" = 59, "<" = 60, ">" = 62, "?" = 63, "@" = 64, "[" = 91, "\\" = 92, "]" = 93, "^" = 94, "_" = 95
    "," = 44, "`" = 96, "{" = 123, "|" = 124, "}" = 125, "~" = 126
  }

  # Mermaid: `#NUMBER;` is a character. It reads a label as Markdown, where addresses become links, which it does not draw; it removes
  # semicolons after `style` and `classDef`, and replaces `:fa-…` by icons. A long name continues on the next line, whose beginning is fixed.
  mermaid = {
    for name, visible in local.visible : name => replace(replace(replace(replace(replace(
      join("<br/>… ", [
        for part in regexall(".{1,70}", visible) :
        join("", [for sign in split("", part) : try("#${local.codes[sign]};", sign)])
      ]),
    "://", "#58;//"), "www.", "www#46;"), ":fa", "#58;fa"), "style", "#115;tyle"), "classDef", "#99;lassDef")
  }

  # Markdown: a plain name is code; any other one has its special characters as HTML's.
  html_codes = merge(local.codes, { "." = 46, ":" = 58 })

  markdown = {
    for name, visible in local.visible : name => (
      can(regex("^[\\p{L}\\p{N}.:/@=,+#_-]+( [\\p{L}\\p{N}.:/@=,+#_-]+)*$", visible))
      ? "`${visible}`"
      : "<code>${join("", [for sign in split("", visible) : try("&#${local.html_codes[sign]};", sign)])}</code>"
    )
  }
}
