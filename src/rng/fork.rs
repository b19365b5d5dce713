//! Whether the process has forked since a stream was seeded.
//!
//! A fork copies memory, and with it the state of every random stream: parent and child would draw the same
//! noise, and their difference would be the exact answer. Asking the system for the process number costs
//! about 100 ns, more than a draw; so the system is told once to count forks in the child
//! (`pthread_atfork`, POSIX.1-2001), and a look at the counter costs one load. Where that is refused, and
//! where there is no `fork`, the process number is asked for each time.
//!
//! A process cloned by a raw system call runs no such handler. For these, streams compare the process number
//! as well, now and then (see [`SecureRng`](super::SecureRng)).

#![cfg_attr(unix, allow(unsafe_code, reason = "one call of the C library, which takes a function pointer"))]

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// A number that differs before and after a fork, in the child.
#[inline]
pub(super) fn generation() -> u64 {
    match COUNTED.get() {
        Some(true) => FORKS.load(Ordering::Relaxed),
        Some(false) => u64::from(std::process::id()),
        None => first_generation(),
    }
}

#[cold]
fn first_generation() -> u64 {
    COUNTED.get_or_init(watch);
    generation()
}

/// Asks for the handler, and says whether it was granted.
#[cfg(unix)]
fn watch() -> bool {
    use std::ffi::c_int;

    type Handler = Option<extern "C" fn()>;

    unsafe extern "C" {
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    // SAFETY: the signature is that of POSIX (a null pointer is `None`), and the handler stays valid as
    // long as the program runs. The handler only adds to an atomic number: it is safe in a child of a
    // process with threads, where nothing may lock or allocate.
    unsafe { pthread_atfork(None, None, Some(count)) == 0 }
}

#[cfg(not(unix))]
fn watch() -> bool {
    false
}

/// Whether [`FORKS`] counts. Unset until the first stream.
static COUNTED: OnceLock<bool> = OnceLock::new();
static FORKS: AtomicU64 = AtomicU64::new(0);
