//! Disks that fail: a library, loaded before the system's, that makes the n-th call of one kind on some files fail.

use std::process::Command;

use crate::support::Folder;

pub(crate) const ENOSPC: &str = "28";
pub(crate) const EIO: &str = "5";

/// Which call fails, and how: of the calls of `kind` on files and folders with `faulty` in their path, the one numbered `at`;
/// with `mode` "once" only that one, "sticky" all after it, too, "short" half of it is written and then nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) errno: &'static str,
    pub(crate) at: u32,
}

/// A run with a fault.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// What stands on stderr, but for the shim's own word.
    pub(crate) words: String,
    /// Whether there was a call numbered so.
    pub(crate) met: bool,
}

/// The shim, compiled; nothing where there is no C compiler, or the system has no such loader.
pub(crate) fn shim(folder: &Folder) -> Option<String> {
    let (source, library) = (folder.write("shim.c", SHIM), folder.file("shim.so"));
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-w", "-o", &library, &source, "-ldl"]).status();
    if !cfg!(all(target_os = "linux", target_env = "gnu")) || !compiled.is_ok_and(|status| status.success()) {
        println!("skipped: needs a C compiler and glibc");
        return None;
    }
    Some(library)
}

/// Runs the binary with the fault. It may never panic, and says one sentence when it fails.
pub(crate) fn with_fault(shim: &str, fault: Fault, args: &[&str]) -> Faulty {
    let output = Command::new(env!("CARGO_BIN_EXE_incog"))
        .args(args)
        .env("LD_PRELOAD", shim)
        .env("INCOG_FAULT_KIND", fault.kind)
        .env("INCOG_FAULT_MODE", fault.mode)
        .env("INCOG_FAULT_ERRNO", fault.errno)
        .env("INCOG_FAULT_AT", fault.at.to_string())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let met = words.contains("FAULT");
    let run = Faulty {
        code: output.status.code(),
        stdout: output.stdout,
        words: words.replace("FAULT\n", ""),
        met,
    };
    assert!(!run.words.contains("panicked"), "{fault:?}: {}", run.words);
    if run.code != Some(0) {
        let one = run.words.starts_with("incog: ") && run.words.trim_end().lines().count() == 1;
        assert!(one, "{fault:?}: {}", run.words);
    }
    run
}

/// With `INCOG_TRACE`, writes down what is written and flushed of a ledger `faulty.db`.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
/* "W -wal": it was written; "S -wal": it is on the disk */
static void note(const char *what, int fd) {
    static int trace = -1;
    const char *to = getenv("INCOG_TRACE");
    char link[64], path[4096], line[4200];
    if (!to) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    const char *name = strstr(path, "faulty.db");
    if (fd != 1 && !name) return;
    if (trace < 0) trace = open(to, O_WRONLY | O_CREAT | O_APPEND, 0600);
    n = snprintf(line, sizeof line, "%s %s\n", what, fd == 1 ? "stdout" : name + strlen("faulty.db"));
    syscall(SYS_write, trace, line, n);
}
static long calls = 0, cut = 0;
/* 0: go on; 1: fail; 2: write half */
static int named(const char *kind, const char *path) {
    const char *want = getenv("INCOG_FAULT_KIND"), *mode = getenv("INCOG_FAULT_MODE");
    if (!want || strcmp(want, kind) || !path || !strstr(path, "faulty")) return 0;
    long at = atol(getenv("INCOG_FAULT_AT"));
    calls++;
    if (calls == at && !strcmp(mode, "short")) { cut = 1; fputs("FAULT\n", stderr); return 2; }
    if (cut && calls == at + 1) { errno = ENOSPC; return 1; }
    if (calls == at || (calls > at && !strcmp(mode, "sticky"))) {
        if (calls == at) fputs("FAULT\n", stderr);
        errno = atoi(getenv("INCOG_FAULT_ERRNO"));
        return 1;
    }
    return 0;
}
static int fault(const char *kind, int fd) {
    const char *want = getenv("INCOG_FAULT_KIND");
    char link[64], path[4096];
    if (!want || strcmp(want, kind)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return named(kind, path);
}
#define NEXT(name) static __typeof__(name) *next; if (!next) next = dlsym(RTLD_NEXT, #name)
ssize_t write(int fd, const void *b, size_t n) { NEXT(write); note("W", fd); int f = fd > 2 ? fault("write", fd) : 0; return f == 1 ? -1 : next(fd, b, f == 2 ? n / 2 : n); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { NEXT(pwrite64); note("W", fd); int f = fault("pwrite", fd); return f == 1 ? -1 : next(fd, b, f == 2 ? n / 2 : n, o); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return pwrite64(fd, b, n, o); }
int fsync(int fd) { NEXT(fsync); int r = fault("sync", fd) ? -1 : next(fd); if (!r) note("S", fd); return r; }
int fdatasync(int fd) { NEXT(fdatasync); int r = fault("sync", fd) ? -1 : next(fd); if (!r) note("S", fd); return r; }
int ftruncate64(int fd, off64_t n) { NEXT(ftruncate64); return fault("truncate", fd) ? -1 : next(fd, n); }
int ftruncate(int fd, off_t n) { return ftruncate64(fd, n); }
ssize_t read(int fd, void *b, size_t n) { NEXT(read); int f = fault("read", fd); return f == 1 ? -1 : next(fd, b, n); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { NEXT(pread64); int f = fault("read", fd); return f == 1 ? -1 : next(fd, b, n, o); }
int open64(const char *p, int how, ...) {
    NEXT(open64);
    va_list rest; va_start(rest, how); mode_t mode = how & O_CREAT ? va_arg(rest, mode_t) : 0; va_end(rest);
    return named("open", p) ? -1 : next(p, how, mode);
}
int mkdir(const char *p, mode_t m) { NEXT(mkdir); return named("mkdir", p) ? -1 : next(p, m); }
int rename(const char *a, const char *b) { NEXT(rename); return named("rename", a) ? -1 : next(a, b); }
int chmod(const char *p, mode_t m) { NEXT(chmod); return named("chmod", p) ? -1 : next(p, m); }
int rmdir(const char *p) { NEXT(rmdir); return named("remove", p) ? -1 : next(p); }
int unlink(const char *p) { NEXT(unlink); return named("remove", p) ? -1 : next(p); }
int unlinkat(int d, const char *p, int how) { NEXT(unlinkat); return (*p == '/' ? named("remove", p) : fault("remove", d)) ? -1 : next(d, p, how); }
"#;
