//! Turns: the handles of one process write a ledger in the order in which they asked.
//!
//! The lock of a file goes to whoever looks at the right moment. With dozens of threads some look in vain for a long
//! time; in a queue everybody waits for those before, and one thread of each process looks.

use std::{
    collections::{BTreeMap, VecDeque},
    process,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// Those who wait for one file.
#[derive(Default)]
pub(super) struct Queue(Mutex<Line>);

/// Held by the one whose turn it is; dropped, it is the next one's.
pub(super) struct Turn<'q>(&'q Queue);

#[derive(Default)]
struct Line {
    taken: bool,
    waiting: VecDeque<Arc<Waiter>>,
}

struct Waiter {
    thread: Thread,
    /// It is its turn. Written while the line is locked.
    called: AtomicBool,
}

impl Queue {
    /// The queue for a file, by device and number. A process that was forked has its own.
    pub(super) fn of(file: (u64, u64)) -> Arc<Self> {
        static QUEUES: Mutex<BTreeMap<Key, Weak<Queue>>> = Mutex::new(BTreeMap::new());
        let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        let key = (process::id(), file);
        if let Some(queue) = queues.get(&key).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::new(Queue::default());
        queues.insert(key, Arc::downgrade(&queue));
        queue
    }

    /// Waits for a turn; nothing if it took longer than `longest`.
    pub(super) fn wait(&self, longest: Duration) -> Option<Turn<'_>> {
        let started = Instant::now();
        let own = {
            let mut line = self.line();
            if !line.taken {
                line.taken = true;
                return Some(Turn(self));
            }
            let own = Arc::new(Waiter { thread: thread::current(), called: AtomicBool::new(false) });
            line.waiting.push_back(Arc::clone(&own));
            own
        };
        loop {
            let left = longest.saturating_sub(started.elapsed());
            thread::park_timeout(left);
            if own.called.load(Ordering::Acquire) {
                return Some(Turn(self));
            }
            if left.is_zero() {
                let mut line = self.line();
                // Perhaps it was called just now.
                if own.called.load(Ordering::Acquire) {
                    return Some(Turn(self));
                }
                line.waiting.retain(|waiter| !Arc::ptr_eq(waiter, &own));
                return None;
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        match line.waiting.pop_front() {
            Some(next) => {
                next.called.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => line.taken = false,
        }
    }
}

/// The process, and the file by device and number.
type Key = (u32, (u64, u64));

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[test]
    fn turns_are_taken_one_at_a_time_in_the_order_of_asking() {
        let queue = Queue::of((u64::MAX, 1));
        assert!(
            Arc::ptr_eq(&queue, &Queue::of((u64::MAX, 1))) && !Arc::ptr_eq(&queue, &Queue::of((u64::MAX, 2)))
        );
        let order = Mutex::new(Vec::new());
        let first = queue.wait(Duration::ZERO).unwrap();
        thread::scope(|scope| {
            for i in 0..8 {
                let (queue, order) = (&queue, &order);
                scope.spawn(move || {
                    let _turn = queue.wait(Duration::from_secs(60)).unwrap();
                    order.lock().unwrap().push(i);
                });
                while queue.line().waiting.len() <= i {
                    thread::yield_now();
                }
            }
            // Whoever gives up is passed over.
            assert!(queue.wait(Duration::from_millis(5)).is_none());
            drop(first);
        });
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        drop(queue.wait(Duration::ZERO).unwrap());
    }

    #[test]
    fn two_never_have_a_turn_and_no_turn_is_lost() {
        let queue = Queue::of((u64::MAX, 3));
        let (inside, turns) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for i in 0..8 {
                let (queue, inside, turns) = (&queue, &inside, &turns);
                scope.spawn(move || {
                    for _ in 0..500 {
                        // Some give up at about the moment at which they are called.
                        let longest = if i < 4 { Duration::from_micros(20) } else { Duration::from_secs(60) };
                        if let Some(_turn) = queue.wait(longest) {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            turns.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert!(turns.into_inner() >= 2000);
        drop(queue.wait(Duration::ZERO).unwrap());
    }
}
