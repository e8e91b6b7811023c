//! `llms.txt`: the pages of the documentation with a line about each, for programs that read them (<https://llmstxt.org>).

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::front_matter::title_and_purpose;
use crate::{failure::Failure, repository};

/// Sections, with the folder of their pages below `docs/`.
const SECTIONS: [(&str, &str); 7] = [
    ("Guides", "guides"),
    ("Resources", "resources"),
    ("Data sources", "data-sources"),
    ("Ephemeral resources", "ephemeral-resources"),
    ("List resources", "list-resources"),
    ("Actions", "actions"),
    ("Functions", "functions"),
];

/// Where the file is.
pub(super) fn path() -> PathBuf {
    repository::root().join("llms.txt")
}

/// What the file has to be, for these pages.
pub(super) fn text(docs: &Path) -> Result<String, Failure> {
    let index = page(&docs.join("index.md"))?;
    let mut text = format!(
        "# terraform-provider-cks\n\n> {}.\n\nA provider for Terraform and OpenTofu with the source address `cks-community/cks`. Start with the \
         [index](docs/index.md): authentication, environment variables, versions, and a guide for each purpose.\n",
        index.purpose
    );
    for (section, folder) in SECTIONS {
        let _ = write!(text, "\n## {section}\n\n");
        for (name, page) in pages(&docs.join(folder))? {
            // Of a type, the title is its name and kind.
            let title = page.title.split(' ').next().filter(|_| folder != "guides").unwrap_or(&page.title);
            let _ = writeln!(text, "- [{title}](docs/{folder}/{name}): {}", page.purpose);
        }
    }
    Ok(text)
}

struct Page {
    title: String,
    purpose: String,
}

fn page(file: &Path) -> Result<Page, Failure> {
    let text = fs::read_to_string(file).map_err(Failure::io("read", file))?;
    let (title, purpose) = title_and_purpose(&text)
        .ok_or_else(|| Failure::new(format!("{} has no title or no description", file.display())))?;
    Ok(Page { title: title.to_owned(), purpose: purpose.to_owned() })
}

/// The pages of a folder by name, sorted.
fn pages(folder: &Path) -> Result<Vec<(String, Page)>, Failure> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let entry = entry.map_err(Failure::io("read", folder))?;
        pages.push((entry.file_name().to_string_lossy().into_owned(), page(&entry.path())?));
    }
    pages.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(docs: &Path, path: &str, title: &str, description: &str) {
        let file = docs.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = format!("---\npage_title: \"{title}\"\ndescription: |-\n  {description}\n---\n\n# A\n");
        fs::write(file, text).unwrap();
    }

    #[test]
    fn every_page_has_a_line() {
        let docs = tempfile::tempdir().unwrap();
        write(docs.path(), "index.md", "CKS Provider", "Manages access. And more.");
        for (_, folder) in SECTIONS {
            write(docs.path(), &format!("{folder}/b.md"), "cks_b Kind - CKS", "Second.");
            write(docs.path(), &format!("{folder}/a.md"), "Two words", "First. More");
        }
        let text = text(docs.path()).unwrap();
        assert!(text.starts_with("# terraform-provider-cks\n\n> Manages access.\n"), "{text}");
        let guides = "\n## Guides\n\n- [Two words](docs/guides/a.md): First\n- [cks_b Kind - CKS](docs/guides/b.md): Second\n";
        let functions =
            "\n## Functions\n\n- [Two](docs/functions/a.md): First\n- [cks_b](docs/functions/b.md): Second\n";
        assert!(text.contains(guides) && text.ends_with(functions), "{text}");
    }

    #[test]
    fn a_page_without_a_description_is_an_error() {
        let docs = tempfile::tempdir().unwrap();
        fs::write(docs.path().join("index.md"), "# CKS\n").unwrap();
        let error = text(docs.path()).unwrap_err().to_string();
        assert!(error.contains("index.md has no title or no description"), "{error}");
    }
}
