//! Where an executor keeps the rows that it hands on.

use std::{
    fs::{self, DirBuilder},
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// A new folder inside `parent`, open to its owner only. Removed with all that is in it when this is dropped.
pub(crate) struct OwnFolder(PathBuf);

impl OwnFolder {
    /// # Errors
    /// If it cannot be made, or is there already: then somebody else may own it.
    pub(crate) fn new_in(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let path = parent.join(format!("incog-executor-{}-{now}", std::process::id()));
        #[cfg_attr(not(unix), allow(unused_mut, reason = "modes are those of Unix"))]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(OwnFolder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        // What cannot be removed is still open to its owner only.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn rows_lie_in_a_folder_of_their_own_that_is_removed() {
        let (one, other) = (
            OwnFolder::new_in(&std::env::temp_dir()).unwrap(),
            OwnFolder::new_in(&std::env::temp_dir()).unwrap(),
        );
        assert_ne!(one.path(), other.path());
        assert_eq!(fs::metadata(one.path()).unwrap().permissions().mode() & 0o777, 0o700);
        let path = one.path().to_owned();
        fs::write(path.join("rows"), "x").unwrap();
        drop(one);
        assert!(!path.exists());
    }
}
