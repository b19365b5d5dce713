//! Processor time of one thread: other work on the machine makes a test wait, and not take longer.

use std::{fs, thread, time::Instant};

/// Seconds that `act` took of this thread; by the clock where the system does not tell.
pub(crate) fn seconds(act: impl FnOnce()) -> f64 {
    let (clock, before) = (Instant::now(), so_far());
    act();
    match (before, so_far()) {
        (Some(before), Some(after)) if after > before => after - before,
        _ => clock.elapsed().as_secs_f64(),
    }
}

/// By `/proc/PID/schedstat`, which the kernel brings up to date when a thread gives way.
fn so_far() -> Option<f64> {
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
