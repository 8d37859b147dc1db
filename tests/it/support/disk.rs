//! Disks of a test's own: full, read-only, or stuck. All need root, or sudo without a password.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A disk of some megabytes in memory.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    pub(crate) fn mount(megabytes: u32) -> SmallDisk {
        let disk = SmallDisk(tempfile::tempdir().unwrap());
        let size = format!("size={megabytes}m,mode=0777");
        let path = disk.0.path().to_str().unwrap();
        as_root(&["mount", "-t", "tmpfs", "-o", &size, "tmpfs", path]);
        disk
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Connections may not be closed yet.
        as_root(&["umount", "-l", self.0.path().to_str().unwrap()]);
    }
}

/// A disk with ext4 in a file, which may fail as one of metal does.
pub(crate) struct LoopDisk {
    dir: TempDir,
    is_frozen: bool,
}

impl LoopDisk {
    /// An empty one of some megabytes. `None` on a machine without loop devices, as in some
    /// containers: that is printed, also where tests print nothing.
    pub(crate) fn mount(megabytes: u64) -> Option<LoopDisk> {
        if !Path::new("/dev/loop-control").exists() {
            let says = "NOT TRIED: a disk that fails. This machine has no loop devices\n";
            std::io::stderr().write_all(says.as_bytes()).unwrap();
            return None;
        }
        let disk = LoopDisk {
            dir: tempfile::tempdir().unwrap(),
            is_frozen: false,
        };
        let image = std::fs::File::create(disk.image()).unwrap();
        image.set_len(megabytes << 20).unwrap();
        std::fs::create_dir(disk.path()).unwrap();
        as_root(&["mkfs.ext4", "-q", "-F", text(&disk.image())]);
        disk.mount_image();
        Some(disk)
    }

    /// Where its files are.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("mounted")
    }

    /// Writes down what the system has in memory.
    pub(crate) fn sync(&self) {
        as_root(&["sync", "-f", text(&self.path())]);
    }

    /// An error of the disk, after which the system mounts it read-only, below files that are open.
    pub(crate) fn turn_read_only(&self) {
        let found = Command::new("findmnt")
            .args(["-n", "-o", "SOURCE", text(&self.path())])
            .output();
        let device = String::from_utf8(found.unwrap().stdout).unwrap();
        let name = device.trim().strip_prefix("/dev/").unwrap();
        let fail = format!("echo 1 > /sys/fs/ext4/{name}/trigger_fs_error");
        as_root(&["sh", "-c", &fail]);
        let tried = std::fs::write(self.path().join("tried"), "");
        assert!(tried.is_err(), "the disk is read-only");
    }

    /// Checks it and mounts it again, as an operator does; nobody may have files open there.
    pub(crate) fn repair(&self) {
        as_root(&["umount", text(&self.path())]);
        // It says by 1 that it has repaired something.
        let check = format!("fsck.ext4 -p {} || [ $? = 1 ]", text(&self.image()));
        as_root(&["sh", "-c", &check]);
        self.mount_image();
    }

    /// From now on nothing that is written comes back.
    pub(crate) fn freeze(&mut self) {
        as_root(&["fsfreeze", "-f", text(&self.path())]);
        self.is_frozen = true;
    }

    /// What was written meanwhile is done.
    pub(crate) fn thaw(&mut self) {
        if std::mem::take(&mut self.is_frozen) {
            as_root(&["fsfreeze", "-u", text(&self.path())]);
        }
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount_image(&self) {
        let (image, path) = (self.image(), self.path());
        let options = "loop,errors=remount-ro";
        as_root(&["mount", "-o", options, text(&image), text(&path)]);
        as_root(&["chmod", "0777", text(&path)]);
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        self.thaw();
        as_root(&["umount", "-l", text(&self.path())]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn as_root(command: &[&str]) {
    let run = |words: &[&str]| {
        let output = Command::new(words[0]).args(&words[1..]).output();
        output.is_ok_and(|it| it.status.success())
    };
    let done = run(command) || run(&[&["sudo", "-n"][..], command].concat());
    assert!(
        done || std::thread::panicking(),
        "{command:?} needs root, or sudo without a password"
    );
}
