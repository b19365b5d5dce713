//! Where a ledger may lie: one real path, one name, a file system whose locks hold.
//!
//! SQLite finds its companion files by name. A file with two names would get two write-ahead logs, and two budgets.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// The place of a ledger, and which file it was when the ledger was opened.
pub(super) struct Place {
    given: PathBuf,
    real: PathBuf,
    file: (u64, u64),
}

impl Place {
    /// The place of the ledger that is at `path`.
    pub(super) fn find(path: &Path) -> Result<Self> {
        let reading = |cause| Error::io(format!("opening the ledger '{}'", path.display()), cause);
        // The real path: through a link, SQLite's companion files would otherwise lie elsewhere.
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(Error::ledger_missing(path)),
            Err(cause) => return Err(reading(cause)),
        };
        let metadata = fs::metadata(&real).map_err(reading)?;
        if !metadata.is_file() || metadata.len() == 0 {
            return Err(Error::not_a_ledger(path, "it is empty, being created, or no file"));
        }
        check_names(path, &metadata)?;
        check_file_system(&real)?;
        Ok(Place { given: path.to_owned(), real, file: identity(&metadata) })
    }

    /// Refuses to go on if another file stands at the place now, or the same one under a second name.
    pub(super) fn check(&self) -> Result<()> {
        let metadata = fs::metadata(&self.real).map_err(|_| Error::ledger_moved(&self.given))?;
        if identity(&metadata) != self.file {
            return Err(Error::ledger_moved(&self.given));
        }
        check_names(&self.given, &metadata)
    }

    /// Which file it is, by device and number.
    pub(super) fn identity(&self) -> (u64, u64) {
        self.file
    }

    pub(super) fn given(&self) -> &Path {
        &self.given
    }

    pub(super) fn database(&self) -> &Path {
        &self.real
    }

    pub(super) fn mark(&self) -> PathBuf {
        mark_of(&self.real)
    }
}

/// The mark of the ledger at `path`.
pub(super) fn mark_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-mark");
    PathBuf::from(name)
}

/// Refuses a file with several names, a link, and what is no file.
pub(super) fn check_names(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    if !metadata.is_file() {
        return Err(Error::not_a_ledger(path, "it is no file, or its mark is none"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(metadata) != 1 {
        return Err(Error::not_a_ledger(path, "it has several names (hard links)"));
    }
    Ok(())
}

/// Refuses file systems whose locks or shared memory do not reach all who mount them, and a file that is mounted by
/// itself, whose companions would not be. Known where the system lists its mounts: on Linux.
pub(super) fn check_file_system(path: &Path) -> Result<()> {
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else { return Ok(()) };
    let Some(mount) = mount_of(&mounts, path) else { return Ok(()) };
    if mount.point == path {
        return Err(Error::ledger_mounted(path));
    }
    if is_shared(&mount.kind) {
        return Err(Error::ledger_on_network(path, &mount.kind));
    }
    Ok(())
}

/// What is mounted at a path.
struct Mount {
    point: PathBuf,
    kind: String,
}

/// The mount that `path` lies on: the last one listed among those with the longest path.
///
/// A line is `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw` (proc(5)).
fn mount_of(mounts: &str, path: &Path) -> Option<Mount> {
    let mut found: Option<Mount> = None;
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else { continue };
        let point = PathBuf::from(unescaped(point));
        let longer = |f: &Mount| point.components().count() >= f.point.components().count();
        if path.starts_with(&point) && found.as_ref().is_none_or(longer) {
            found = Some(Mount { point, kind: kind.to_owned() });
        }
    }
    found
}

/// Blanks and backslashes are written as octal numbers.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .into_iter()
        .fold(text.to_owned(), |text, (code, sign)| text.replace(code, sign))
}

/// Whether other machines may have the same files open.
fn is_shared(kind: &str) -> bool {
    let local_fuse = ["fuseblk", "fuse.fuse-overlayfs", "fuse.lxcfs"];
    SHARED.contains(&kind) || (kind.starts_with("fuse") && !local_fuse.contains(&kind))
}

/// Network and cluster file systems, and folders that a hypervisor shares.
const SHARED: [&str; 21] = [
    "9p",
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "prl_fs",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_place_is_one_file_under_all_its_paths_and_another_one_is_another() {
        let folder = super::super::tests::folder("place");
        let paths = ["a", "b"].map(|name| folder.join(name));
        for path in &paths {
            fs::write(path, "x").unwrap();
        }
        let [a, b] = paths.each_ref().map(|path| Place::find(path).unwrap());
        assert_ne!(a.identity(), b.identity());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&paths[0], folder.join("link")).unwrap();
            assert_eq!(Place::find(&folder.join("link")).unwrap().identity(), a.identity());
        }
        let kind = |path: &Path| Place::find(path).err().map(|error| error.kind());
        assert_eq!(kind(&folder.join("c")), Some(ErrorKind::Refused));
        // A path through a file is wrong, not a ledger that is missing.
        #[cfg(unix)]
        assert_eq!(kind(&paths[0].join("c")), Some(ErrorKind::Io));
        fs::remove_dir_all(folder).unwrap();
    }

    /// Every Linux has these two.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_mounted_by_itself_is_refused() {
        for mounted in ["/", "/proc"] {
            let error = check_file_system(Path::new(mounted)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        }
    }

    #[test]
    fn a_mount_is_found_by_the_longest_path_and_the_last_line() {
        let mounts = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /data rw shared:5 - nfs4 server:/data rw,vers=4.2
31 30 254:1 / /data/local rw - xfs /dev/vdb rw
32 22 0:41 / /with\\040blank rw - fuse.sshfs me@host: rw
33 22 0:42 / /over rw - ext4 /dev/vdc rw
34 22 0:43 / /over rw - 9p share rw
35 22 254:0 /one/file.db /here/budget.db rw - ext4 /dev/vda rw";
        let kind = |path: &str| mount_of(mounts, Path::new(path)).map(|mount| mount.kind).unwrap();
        assert_eq!(kind("/tmp/budget.db"), "ext4");
        assert_eq!(kind("/data/budget.db"), "nfs4");
        assert_eq!(kind("/database/budget.db"), "ext4");
        assert_eq!(kind("/data/local/budget.db"), "xfs");
        assert_eq!(kind("/with blank/budget.db"), "fuse.sshfs");
        assert_eq!(kind("/over/budget.db"), "9p");
        let mount = mount_of(mounts, Path::new("/here/budget.db")).unwrap();
        assert_eq!(mount.point, Path::new("/here/budget.db"));
        for (kind, shared) in
            [("nfs4", true), ("fuse.sshfs", true), ("9p", true), ("ext4", false), ("tmpfs", false)]
        {
            assert_eq!(is_shared(kind), shared, "{kind}");
        }
    }
}
