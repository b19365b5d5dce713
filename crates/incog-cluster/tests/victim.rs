//! An executor that a test kills while it holds a task. `.ci/cluster` names its process and its log.

use std::{fs, path::PathBuf, process::Command, thread::sleep, time::Duration};

pub(crate) struct Victim {
    process: String,
    log: PathBuf,
}

impl Victim {
    /// One that holds nothing: whatever it begins from now on is of what the test asks for.
    pub(crate) fn at_rest() -> Self {
        let of = |name: &str| std::env::var(name).unwrap();
        let victim =
            Victim { process: of("INCOG_CLUSTER_VICTIM"), log: of("INCOG_CLUSTER_VICTIM_LOG").into() };
        for _ in 0..1000 {
            if victim.held() == 0 {
                return victim;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("nothing runs, and the executor says that it holds {} tasks", victim.held());
    }

    /// Kills it in the middle of a task, and says how many it held; none if `is_over` comes first. It is stopped before it is killed,
    /// so that what its log says is so when the signal comes.
    pub(crate) fn killed_with_a_task(&self, is_over: impl Fn() -> bool) -> Option<usize> {
        while !is_over() {
            if self.held() > 0 {
                self.signal("-STOP");
                while !self.is_stopped() {
                    sleep(Duration::from_millis(1));
                }
                let held = self.held();
                if held > 0 && !is_over() {
                    self.signal("-KILL");
                    return Some(held);
                }
                self.signal("-CONT");
            }
            sleep(Duration::from_millis(1));
        }
        None
    }

    /// Tasks that it has begun and not ended.
    fn held(&self) -> usize {
        let log = fs::read_to_string(&self.log).unwrap();
        let count = |does: &str| {
            log.lines().filter(|line| line.contains("incog_cluster: task ") && line.ends_with(does)).count()
        };
        // In this order: a task that ends between the two was begun before.
        let ended = count(" ends");
        count(" begins").checked_sub(ended).unwrap()
    }

    fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process)).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process]).status().unwrap().success());
    }
}
