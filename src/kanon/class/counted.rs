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
pub(crate) enum Counted {
    /// As drawn above.
    Lists(Lists),
    /// A number of rows for each class and value, one class after the other: for few values.
    Grid(Grid),
}

/// Values and rows of each class.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

/// Rows of each value in each class.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    values: usize,
    classes: usize,
    rows: Vec<u32>,
}

/// The persons of each class. Most have all their rows in one class, and only their number is kept.
#[derive(Clone, Debug)]
pub(crate) struct Persons {
    /// Persons of this class and no other.
    alone: Vec<u32>,
    /// The others, each listed in all its classes.
    elsewhere: Lists,
}

impl Counted {
    /// Calls `f` with the values of `class`, ascending, and their rows.
    pub(crate) fn for_each(&self, class: usize, mut f: impl FnMut(u32, u32)) {
        match self {
            Counted::Lists(lists) => lists.of(class).iter().for_each(|&(value, rows)| f(value, rows)),
            Counted::Grid(grid) => {
                let rows = (0u32..).zip(grid.of(class));
                rows.filter(|(_, rows)| **rows > 0).for_each(|(value, &rows)| f(value, rows));
            }
        }
    }

    /// The values of `class`, ascending, and their rows: borrowed, or put into `room`.
    pub(crate) fn of<'c>(&'c self, class: usize, room: &'c mut Vec<(u32, u32)>) -> &'c [(u32, u32)] {
        match self {
            Counted::Lists(lists) => lists.of(class),
            Counted::Grid(_) => {
                room.clear();
                self.for_each(class, |value, rows| room.push((value, rows)));
                room
            }
        }
    }

    /// The values of `classes`.
    pub(crate) fn select(&self, classes: &[usize]) -> Counted {
        let mut lists = Lists::with_capacity(classes.len(), 0);
        for &class in classes {
            self.for_each(class, |value, rows| lists.push(value, rows));
            lists.close();
        }
        Counted::Lists(lists)
    }

    /// Numbers the values anew, so that those with a smaller value of `values` come first; the value of each number.
    pub(crate) fn sort_by_value(&mut self, values: &[u32]) -> Vec<u32> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by_key(|&number| (values[number], number));
        let mut new = vec![0u32; values.len()];
        for (to, &from) in (0u32..).zip(&order) {
            new[from] = to;
        }
        let mut lists = Lists::with_capacity(self.classes(), 0);
        for class in 0..self.classes() {
            let mut entries = Vec::new();
            self.for_each(class, |value, rows| entries.push((new[num::index(value)], rows)));
            entries.sort_unstable();
            entries.into_iter().for_each(|(value, rows)| lists.push(value, rows));
            lists.close();
        }
        *self = Counted::Lists(lists);
        order.into_iter().map(|number| values[number]).collect()
    }

    fn classes(&self) -> usize {
        match self {
            Counted::Lists(lists) => lists.classes(),
            Counted::Grid(grid) => grid.classes,
        }
    }

    /// How many numbers a roll-up has to visit, roughly.
    pub(crate) fn entries(&self) -> usize {
        match self {
            Counted::Lists(lists) => lists.entries.len(),
            Counted::Grid(grid) => grid.classes,
        }
    }

    /// The values of the classes that these become; `order` is made of `becomes`.
    pub(crate) fn merge(&self, becomes: &[u32], order: &Order) -> Counted {
        match self {
            Counted::Grid(grid) => Counted::Grid(grid.merge(becomes, order.classes())),
            Counted::Lists(lists) => {
                let values = lists.domain();
                if values <= VALUES_OF_A_GRID {
                    let mut grid = Grid::new(order.classes(), values);
                    for (class, &coarse) in becomes.iter().enumerate() {
                        let sums = grid.of_mut(num::index(coarse));
                        lists.of(class).iter().for_each(|&(value, n)| sums[num::index(value)] += n);
                    }
                    return Counted::Grid(grid);
                }
                Counted::Lists(lists.merge(order))
            }
        }
    }
}

impl Grid {
    fn new(classes: usize, values: usize) -> Self {
        Grid { values, classes, rows: vec![0; classes * values] }
    }

    fn of(&self, class: usize) -> &[u32] {
        &self.rows[class * self.values..(class + 1) * self.values]
    }

    fn of_mut(&mut self, class: usize) -> &mut [u32] {
        &mut self.rows[class * self.values..(class + 1) * self.values]
    }

    fn merge(&self, becomes: &[u32], classes: usize) -> Grid {
        let mut merged = Grid::new(classes, self.values);
        for (class, &coarse) in becomes.iter().enumerate() {
            let sums = merged.of_mut(num::index(coarse));
            sums.iter_mut().zip(self.of(class)).for_each(|(sum, n)| *sum += n);
        }
        merged
    }
}

impl Lists {
    pub(crate) fn with_capacity(classes: usize, entries: usize) -> Self {
        let mut starts = Vec::with_capacity(classes + 1);
        starts.push(0);
        Lists { starts, entries: Vec::with_capacity(entries) }
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
    fn of(&self, class: usize) -> &[(u32, u32)] {
        &self.entries[num::index(self.starts[class])..num::index(self.starts[class + 1])]
    }

    fn classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Values that occur are below this.
    fn domain(&self) -> usize {
        self.entries.iter().map(|e| num::index(e.0) + 1).max().unwrap_or(0)
    }

    fn merge(&self, order: &Order) -> Lists {
        let mut merged = Lists::with_capacity(order.classes(), self.entries.len());
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
    pub(crate) fn new(all: &Lists) -> Self {
        let mut classes_of_person = vec![0u8; all.domain()];
        for &(person, _) in &all.entries {
            let n = &mut classes_of_person[num::index(person)];
            *n = (*n + 1).min(2);
        }
        let mut alone = Vec::with_capacity(all.classes());
        let mut elsewhere = Lists::with_capacity(all.classes(), 0);
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

    pub(crate) fn select(&self, classes: &[usize]) -> Persons {
        let mut elsewhere = Lists::with_capacity(classes.len(), 0);
        for &class in classes {
            self.elsewhere.of(class).iter().for_each(|&(person, rows)| elsewhere.push(person, rows));
            elsewhere.close();
        }
        Persons { alone: classes.iter().map(|&c| self.alone[c]).collect(), elsewhere }
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
        self.elsewhere.entries.len()
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

/// Adds up lists.
struct Sum {
    rows: Vec<u32>,
    touched: Vec<u32>,
}

impl Sum {
    fn new(domain: usize) -> Self {
        Sum { rows: vec![0; domain], touched: Vec::new() }
    }

    fn add(&mut self, value: u32, rows: u32) {
        let sum = &mut self.rows[num::index(value)];
        if *sum == 0 {
            self.touched.push(value);
        }
        *sum += rows;
    }

    fn drain_into(&mut self, entries: &mut Vec<(u32, u32)>) {
        self.touched.sort_unstable();
        for value in self.touched.drain(..) {
            entries.push((value, std::mem::take(&mut self.rows[num::index(value)])));
        }
    }
}

/// A row of so many numbers is added in a few instructions.
const VALUES_OF_A_GRID: usize = 32;
