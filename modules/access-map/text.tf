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

  # Characters that pass: printable ASCII, and letters of Latin, Greek, Cyrillic, Japanese, Chinese and Korean writing, each of which is visible
  # and keeps the order of its neighbours. Nothing else passes, whatever it is: invisible characters and those that reorder others, with which a
  # name can pass for another, and Mermaid's own marks of codes (U+FB02, U+00B6, U+00B0).
  not_passing = join("", [
    "[^ -~",
    "\u00C0-\u024F\u1E00-\u1EFF",       # Latin
    "\u0386\u0388-\u03FF",              # Greek
    "\u0400-\u0481\u048A-\u052F",       # Cyrillic
    "\u3041-\u3096\u30A1-\u30FA\u30FC", # Hiragana, Katakana
    "\u3005\u3400-\u4DBF\u4E00-\u9FFF", # Chinese characters
    "\uAC00-\uD7A3]",                   # Hangul
  ])

  # So does a single space, but not one at an end of a name, or next to another, of which neither a browser nor GitHub shows all.
  visible = {
    for name in local.names : name => replace(replace(replace(
      name,
      "/${local.not_passing}/", "\uFFFD"),
      "/ {2,}/", " \uFFFD"),
    "/^ | $/", "\uFFFD")
  }

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
