//! A directory for `PATH`, as on the machine of a user of a kubeconfig: kubectl, kubelogin, and what opens pages.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

/// What kubelogin starts to open a page, on Linux and on macOS.
const BROWSERS: [&str; 2] = ["xdg-open", "open"];

/// Fills a new directory: kubectl, kubelogin by its own name and as the plugin `oidc-login` that kubeconfigs name, and these commands of a
/// shell as the browser, whose first argument is the page. What is `None` is left out.
pub fn link_programs(
    directory: &Path,
    kubectl: Option<&Path>,
    kubelogin: Option<&Path>,
    browser: Option<&str>,
) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (name, program) in [("kubectl", kubectl), ("kubelogin", kubelogin), ("kubectl-oidc_login", kubelogin)]
    {
        if let Some(program) = program {
            symlink(program, directory.join(name))?;
        }
    }
    for name in BROWSERS {
        if let Some(commands) = browser {
            let script = directory.join(name);
            fs::write(&script, format!("#!/bin/sh\n{commands}\n"))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, process::Command};

    use super::link_programs;

    #[test]
    fn a_directory_is_filled_with_what_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let [some, all] = ["some", "all"].map(|name| directory.path().join(name));
        let names = |bin: &Path| {
            let entries = fs::read_dir(bin).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        link_programs(&some, Some(Path::new("/bin/sh")), None, None).unwrap();
        assert_eq!(names(&some), ["kubectl"]);
        link_programs(&all, Some(Path::new("/bin/sh")), Some(Path::new("/bin/sh")), Some("echo \"<$1>\""))
            .unwrap();
        assert_eq!(names(&all), ["kubectl", "kubectl-oidc_login", "kubelogin", "open", "xdg-open"]);
        for browser in ["open", "xdg-open"] {
            let shown = Command::new(all.join(browser)).arg("https://a b").output().unwrap();
            assert_eq!(shown.stdout, b"<https://a b>\n");
        }
    }
}
