//! Sparse lists of values per class, and how they merge.
//!
//! ```text
//!   class     0          1      2
//!   starts  [ 0          2      3         6 ]
//!   entries [ (0,9)(2,3) (1,1)  (0,1)(1,4)(2,2) ]     value and rows, ascending by value
//! ```

use crate::num;

/// How often each value of one column occurs in each class.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    starts: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

/// The persons of each class. Most have all their rows in one class, and only their number is kept.
#[derive(Clone, Debug)]
pub(crate) struct Persons {
    /// Persons of this class and no other.
    alone: Vec<u32>,
    /// The others, each listed in all its classes.
    elsewhere: Counted,
}

impl Counted {
    pub(crate) fn with_capacity(classes: usize, entries: usize) -> Self {
        let mut starts = Vec::with_capacity(classes + 1);
        starts.push(0);
        Counted { starts, entries: Vec::with_capacity(entries) }
    }

    /// Adds an entry to the last list.
    pub(crate) fn push(&mut self, value: u32, rows: u32) {
        self.entries.push((value, rows));
    }

    /// Ends the last list; what is pushed next is the next class's.
    pub(crate) fn close(&mut self) {
        let end =
            u32::try_from(self.entries.len()).expect("at most as many entries as rows, which are checked");
        self.starts.push(end);
    }

    /// Values and rows of `class`, ascending by value.
    pub(crate) fn of(&self, class: usize) -> &[(u32, u32)] {
        &self.entries[num::index(self.starts[class])..num::index(self.starts[class + 1])]
    }

    /// Number of entries of all classes.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Number of classes.
    pub(crate) fn classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Values that occur are below this.
    fn domain(&self) -> usize {
        self.entries.iter().map(|e| num::index(e.0) + 1).max().unwrap_or(0)
    }

    /// The lists of the `order.classes()` classes that these classes become.
    pub(crate) fn merge(&self, order: &Order) -> Counted {
        let mut merged = Counted::with_capacity(order.classes(), self.entries.len());
        let mut sum = Sum::new(self.domain());
        for class in 0..order.classes() {
            match order.of(class) {
                [one] => merged.entries.extend_from_slice(self.of(num::index(*one))),
                several => {
                    for &fine in several {
                        self.of(num::index(fine)).iter().for_each(|&(value, rows)| sum.add(value, rows));
                    }
                    sum.drain_into(&mut merged.entries);
                }
            }
            merged.close();
        }
        merged
    }
}

impl Persons {
    /// From the list of all persons of each class.
    pub(crate) fn new(all: &Counted) -> Self {
        let mut classes_of_person = vec![0u8; all.domain()];
        for &(person, _) in &all.entries {
            let n = &mut classes_of_person[num::index(person)];
            *n = (*n + 1).min(2);
        }
        let mut alone = Vec::with_capacity(all.classes());
        let mut elsewhere = Counted::with_capacity(all.classes(), 0);
        for class in 0..all.classes() {
            let mut n = 0;
            for &(person, rows) in all.of(class) {
                if classes_of_person[num::index(person)] == 1 {
                    n += 1;
                } else {
                    elsewhere.push(person, rows);
                }
            }
            alone.push(n);
            elsewhere.close();
        }
        Persons { alone, elsewhere }
    }

    /// Number of distinct persons of `class`.
    pub(crate) fn of(&self, class: usize) -> u64 {
        u64::from(self.alone[class]) + num::count(self.elsewhere.of(class).len())
    }

    pub(crate) fn merge(&self, order: &Order) -> Persons {
        let rest = Persons::new(&self.elsewhere.merge(order));
        let alone = (0..order.classes()).map(|class| {
            rest.alone[class] + order.of(class).iter().map(|&fine| self.alone[num::index(fine)]).sum::<u32>()
        });
        Persons { alone: alone.collect(), elsewhere: rest.elsewhere }
    }

    /// Number of listed entries of all classes.
    pub(crate) fn entries(&self) -> usize {
        self.elsewhere.entries()
    }
}

/// Finer classes by the coarser class that they become.
pub(crate) struct Order {
    starts: Vec<u32>,
    fine: Vec<u32>,
}

impl Order {
    /// Of finer classes that become `becomes[i]`, below `classes`.
    pub(crate) fn new(becomes: &[u32], classes: usize) -> Self {
        let mut starts = vec![0u32; classes + 1];
        for &class in becomes {
            starts[num::index(class) + 1] += 1;
        }
        for class in 0..classes {
            starts[class + 1] += starts[class];
        }
        let mut next = starts.clone();
        let mut fine = vec![0u32; becomes.len()];
        for (i, &class) in (0u32..).zip(becomes) {
            let at = &mut next[num::index(class)];
            fine[num::index(*at)] = i;
            *at += 1;
        }
        Order { starts, fine }
    }

    pub(crate) fn classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// The finer classes that become `class`, ascending.
    pub(crate) fn of(&self, class: usize) -> &[u32] {
        &self.fine[num::index(self.starts[class])..num::index(self.starts[class + 1])]
    }
}

/// Adds up lists; up to 64 values are told by a bit each, which is also their order.
struct Sum {
    rows: Vec<u32>,
    bits: u64,
    touched: Vec<u32>,
}

impl Sum {
    fn new(domain: usize) -> Self {
        Sum { rows: vec![0; domain], bits: 0, touched: Vec::new() }
    }

    fn add(&mut self, value: u32, rows: u32) {
        let sum = &mut self.rows[num::index(value)];
        if value < u64::BITS {
            self.bits |= 1 << value;
        } else if *sum == 0 {
            self.touched.push(value);
        }
        *sum += rows;
    }

    fn drain_into(&mut self, entries: &mut Vec<(u32, u32)>) {
        while self.bits != 0 {
            let value = self.bits.trailing_zeros();
            entries.push((value, std::mem::take(&mut self.rows[num::index(value)])));
            self.bits &= self.bits - 1;
        }
        self.touched.sort_unstable();
        for value in self.touched.drain(..) {
            entries.push((value, std::mem::take(&mut self.rows[num::index(value)])));
        }
    }
}
