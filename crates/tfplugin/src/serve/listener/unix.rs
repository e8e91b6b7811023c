//! A Unix socket in a directory for temporary files.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::net::UnixListener;

use super::{ListenError, SocketFile};

/// Names to try before giving up; a taken one is already a rarity.
const ATTEMPTS: u32 = 16;

/// Listens on a new socket file in the directory, open to the group if there is one.
pub(super) fn bind(directory: &Path, group: Option<&str>) -> Result<(UnixListener, SocketFile), ListenError> {
    let fail = |source| ListenError::Socket { directory: directory.to_owned(), source };
    // Binding never takes over an existing file, so names need not be hard to guess.
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for attempt in 0..ATTEMPTS {
        let path = directory.join(format!("plugin{}-{}", std::process::id(), nanos.wrapping_add(attempt)));
        match UnixListener::bind(&path) {
            Ok(listener) => {
                let file = SocketFile::new(path.clone());
                if let Some(group) = group {
                    open_to_group(&path, group)
                        .map_err(|source| ListenError::Group { group: group.to_owned(), source })?;
                }
                return Ok((listener, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => return Err(fail(error)),
        }
    }
    Err(fail(last))
}

fn open_to_group(path: &Path, group: &str) -> io::Result<()> {
    let gid = match group.parse() {
        Ok(gid) => gid,
        Err(_) => group_id(&fs::read_to_string("/etc/group")?, group)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such group in /etc/group"))?,
    };
    chown(path, None, Some(gid))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o660))
}

/// The number of a group, from the text of `/etc/group`: lines of `name:password:number:members`.
fn group_id(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_file_exists_as_long_as_its_guard() {
        let directory = tempfile::tempdir().unwrap();
        let (_listener, file) = bind(directory.path(), None).unwrap();
        let path = file.path().unwrap().to_owned();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("plugin"));
        assert!(path.exists());
        drop(file);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_group_may_be_let_in_by_number() {
        use std::os::unix::fs::MetadataExt as _;

        let directory = tempfile::tempdir().unwrap();
        // The only group that any user may give a file to: one of its own.
        let own = fs::metadata(directory.path()).unwrap().gid();
        let (_listener, file) = bind(directory.path(), Some(&own.to_string())).unwrap();
        let metadata = fs::metadata(file.path().unwrap()).unwrap();
        assert_eq!((metadata.gid(), metadata.mode() & 0o777), (own, 0o660));
    }

    #[tokio::test]
    async fn an_unknown_group_is_an_error_and_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let error = bind(directory.path(), Some("no such group")).unwrap_err();
        assert!(error.to_string().contains("\"no such group\""), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn groups_are_found_by_name() {
        let text = "root:x:0:\nstaff:x:50:anna,bert\nbroken\n";
        assert_eq!(group_id(text, "staff"), Some(50));
        assert_eq!(group_id(text, "broken"), None);
        assert_eq!(group_id(text, "anna"), None);
    }
}
