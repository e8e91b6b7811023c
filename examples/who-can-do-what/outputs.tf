output "map" {
  description = "The map as a Markdown document."
  value       = module.access.markdown
}
