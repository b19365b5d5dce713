//! From batches of coded rows to tuples.

use std::{collections::HashMap, fmt, sync::Arc};

use super::{
    AnyHistogram, Tuples,
    width::{AnyCounters, Counters, by_width},
};
use crate::{
    error::{Error, Result},
    kanon::{
        class::{Batch, Codes, Counter, Field, Histogram, Layout, PackedKey},
        hierarchy::Levels,
        search::CountedColumn,
        sensitive::Coding,
    },
    num,
};

/// Counts the rows of a table batch by batch: from [`Anonymizer::counter`](crate::kanon::Anonymizer::counter).
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, class::Codes, model::{KAnonymity, LDiversity}}, table::{Column, Table}};
/// let domains = Table::new([
///     ("zip", Column::from_values(["11", "12"])?),
///     ("diagnosis", Column::from_values(["flu", "angina"])?),
/// ])?;
/// let request = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
///     .sensitive("diagnosis")
///     .model(LDiversity::distinct("diagnosis", 2)?)
///     .build()?;
/// let mut counter = request.counter(&domains)?;
/// assert_eq!(counter.columns(), ["zip", "diagnosis"]);
/// counter.add(&[Codes::U8(&[0, 1, 1]), Codes::U8(&[0, 0, 1])])?;
/// let error = counter.add(&[Codes::U8(&[2]), Codes::U8(&[0])]).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Data, "the domain of zip has two values");
/// assert_eq!(counter.finish().rows(), 3);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct TupleCounter {
    columns: Vec<String>,
    /// Number of values of each column.
    values: Vec<usize>,
    levels: Vec<Levels>,
    layout: Layout,
    codings: Vec<Coding>,
    counters: AnyCounters,
    population_rows: u64,
    /// Where persons have several rows, for each counted column the pairs of a value and a person so far.
    pairs: Option<Vec<Pairs>>,
    persons: Option<Vec<bool>>,
    fine_rows: Vec<Option<Vec<u64>>>,
    rows: u64,
}

/// What is to be counted.
pub(in crate::kanon) struct Wanted {
    /// Names of the quasi-identifying columns, of the counted ones, and of the person, in this order.
    pub(in crate::kanon) columns: Vec<String>,
    /// Number of values of each of them.
    pub(in crate::kanon) values: Vec<usize>,
    /// Of the quasi-identifying columns.
    pub(in crate::kanon) levels: Vec<Levels>,
    /// Of the counted columns.
    pub(in crate::kanon) codings: Vec<Coding>,
    /// Whether the last column names persons that may have several rows.
    pub(in crate::kanon) has_person: bool,
    pub(in crate::kanon) has_population: bool,
}

impl TupleCounter {
    pub(in crate::kanon) fn new(wanted: Wanted) -> Result<Self> {
        let Wanted { columns, values, levels, codings, has_person, has_population } = wanted;
        let codes: Vec<usize> = levels.iter().map(|l| l.level(0).labels().len()).collect();
        let layout = Layout::new(&codes);
        // Pairs of a value and a person have numbers of their own.
        let as_counted = |coding: &Coding| if has_person { Vec::new() } else { coding.codes().to_vec() };
        let counted = codings.iter().map(as_counted).collect();
        let counters = AnyCounters::new(&layout, &levels, counted, has_person, has_population)?;
        let fine_rows = levels
            .iter()
            .zip(&values)
            .map(|(levels, &values)| (levels.level(0).labels().len() < values).then(|| vec![0u64; values]));
        Ok(TupleCounter {
            counters,
            population_rows: 0,
            pairs: has_person.then(|| codings.iter().map(|_| Pairs::default()).collect()),
            persons: has_person.then(|| vec![false; values.last().copied().unwrap_or(0)]),
            fine_rows: fine_rows.collect(),
            columns,
            values,
            levels,
            layout,
            codings,
            rows: 0,
        })
    }

    /// The columns that a batch must have, in order: quasi-identifying, counted by models, and the person's.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Adds rows of the table: a column of codes for each of [`columns`](Self::columns), all of one length.
    ///
    /// # Errors
    /// `Data` if there are more or fewer columns, if they differ in length, or if a code is outside its dictionary;
    /// `Unsupported` beyond 2^32 - 1 rows.
    pub fn add(&mut self, codes: &[Codes<'_>]) -> Result<()> {
        self.check(codes, self.columns.len())?;
        let rows = codes.first().map_or(0, Codes::len);
        self.rows += num::count(rows);
        if u32::try_from(self.rows).is_err() {
            return Err(Error::too_many_rows(self.rows));
        }
        let (quasi, others) = codes.split_at(self.levels.len());
        let (counted, person) = others.split_at(self.codings.len());
        self.note_values(quasi);
        let Some(pairs) = &mut self.pairs else {
            let (quasi, counted) = (quasi.to_vec(), counted.to_vec());
            let batch = Batch { quasi, counted, person: None };
            by_width!(AnyCounters, &mut self.counters, c => c.rows.add(&batch));
            return Ok(());
        };
        let person = person[0];
        if let Some(persons) = &mut self.persons {
            person.for_each(|p| persons[num::index(p)] = true);
        }
        let numbers: Vec<Vec<u32>> = counted
            .iter()
            .zip(pairs)
            .zip(&self.codings)
            .map(|((values, pairs), coding)| {
                let pair = |row| (coding.codes()[num::index(values.get(row))], person.get(row));
                (0..rows).map(|row| pairs.number(pair(row))).collect()
            })
            .collect();
        let counted = numbers.iter().map(|n| Codes::U32(n)).collect();
        let batch = Batch { quasi: quasi.to_vec(), counted, person: Some(person) };
        by_width!(AnyCounters, &mut self.counters, c => c.rows.add(&batch));
        Ok(())
    }

    /// Adds tuples that were counted before, as by a query engine: columns of codes as for [`add`](Self::add), and how many
    /// rows of the table each of their rows stands for. A tuple may come several times.
    ///
    /// # Errors
    /// As [`add`](Self::add), of which `rows` is one column more; `Unsupported` if persons are counted, for which each row
    /// is needed.
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::{Anonymizer, Hierarchy, class::Codes, model::KAnonymity}, table::{Column, Table}};
    /// let domains = Table::new([("zip", Column::from_values(["11", "12", "21"])?)])?;
    /// let request = Anonymizer::builder()
    ///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
    ///     .model(KAnonymity::new(1_000_000)?)
    ///     .build()?;
    /// let mut counter = request.counter(&domains)?;
    /// counter.add_counted(&[Codes::U8(&[0, 1, 2])], &[999_999, 1, 2_000_000])?;
    /// assert_eq!(request.search(&counter.finish())?.report().levels["zip"], 1);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn add_counted(&mut self, codes: &[Codes<'_>], rows: &[u64]) -> Result<()> {
        if self.persons.is_some() {
            return Err(Error::counted_persons());
        }
        self.check(codes, self.columns.len())?;
        let tuples = codes.first().map_or(0, Codes::len);
        if rows.len() != tuples {
            return Err(Error::unequal_columns("rows", rows.len(), tuples));
        }
        let all = rows.iter().fold(self.rows, |all, &rows| all.saturating_add(rows));
        if u32::try_from(all).is_err() {
            return Err(Error::too_many_rows(all));
        }
        self.rows = all;
        let rows: Vec<u32> = rows.iter().map(|&rows| u32::try_from(rows).unwrap_or(u32::MAX)).collect();
        let (quasi, counted) = codes.split_at(self.levels.len());
        for (codes, fine) in quasi.iter().zip(&mut self.fine_rows) {
            if let Some(fine) = fine {
                (0..tuples).for_each(|at| fine[num::index(codes.get(at))] += u64::from(rows[at]));
            }
        }
        let batch = Batch { quasi: quasi.to_vec(), counted: counted.to_vec(), person: None };
        by_width!(AnyCounters, &mut self.counters, c => c.rows.add_counted(&batch, &rows));
        Ok(())
    }

    /// Adds rows of the population that the table is a part of: a column of codes for each quasi-identifying column.
    ///
    /// # Errors
    /// As [`add`](Self::add); `Parameter` if no model counts a population.
    pub fn add_population(&mut self, codes: &[Codes<'_>]) -> Result<()> {
        self.check(codes, self.levels.len())?;
        let batch = Batch { quasi: codes.to_vec(), counted: Vec::new(), person: None };
        by_width!(AnyCounters, &mut self.counters, c => match &mut c.population {
            Some(population) => population.add(&batch),
            None => return Err(Error::no_model_of_a_population()),
        });
        self.population_rows += num::count(codes.first().map_or(0, Codes::len));
        Ok(())
    }

    /// The tuples of all rows so far.
    #[must_use]
    pub fn finish(self) -> Tuples {
        let value_of_pairs: Vec<Option<Vec<u32>>> = match self.pairs {
            None => self.codings.iter().map(|_| None).collect(),
            Some(pairs) => pairs.into_iter().map(|p| Some(p.values())).collect(),
        };
        let outside: Vec<Option<u32>> = self.levels.iter().map(Levels::outside).collect();
        let parts = Parts { layout: &self.layout, codings: &self.codings, value_of_pairs, outside };
        let (histogram, counted, outside_rows) = match self.counters {
            AnyCounters::One(c) => parts.finish(c).map(AnyHistogram::One),
            AnyCounters::Two(c) => parts.finish(c).map(AnyHistogram::Two),
            AnyCounters::Four(c) => parts.finish(c).map(AnyHistogram::Four),
            AnyCounters::Sixteen(c) => parts.finish(c).map(AnyHistogram::Sixteen),
        };
        Tuples {
            rows: self.rows,
            outside_rows,
            levels: self.levels,
            layout: self.layout,
            histogram,
            fine_rows: self.fine_rows,
            counted,
            persons: self.persons.map(|p| num::count(p.iter().filter(|&&seen| seen).count())),
            population_rows: self.population_rows,
        }
    }

    fn check(&self, codes: &[Codes<'_>], expected: usize) -> Result<()> {
        if codes.len() != expected {
            return Err(Error::codes_of_columns(codes.len(), expected));
        }
        let rows = codes.first().map_or(0, Codes::len);
        for ((codes, name), &values) in codes.iter().zip(&self.columns).zip(&self.values) {
            if codes.len() != rows {
                return Err(Error::unequal_columns(name, codes.len(), rows));
            }
            if codes.largest().is_some_and(|code| num::index(code) >= values) {
                let row = (0..rows).find(|&row| num::index(codes.get(row)) >= values).unwrap_or(0);
                return Err(Error::code_outside_dictionary(row, values));
            }
        }
        Ok(())
    }

    /// Counts the values of columns whose finest level is coarser.
    fn note_values(&mut self, quasi: &[Codes<'_>]) {
        for (codes, fine) in quasi.iter().zip(&mut self.fine_rows) {
            if let Some(fine) = fine {
                codes.for_each(|code| fine[num::index(code)] += 1);
            }
        }
    }
}

/// What is needed beside a counter to make tuples of it.
struct Parts<'a> {
    layout: &'a Layout,
    codings: &'a [Coding],
    value_of_pairs: Vec<Option<Vec<u32>>>,
    outside: Vec<Option<u32>>,
}

/// A histogram, what is known of its counted columns, and rows that are in no class of it.
struct Finished<H>(H, Vec<Arc<CountedColumn>>, u64);

impl<H> Finished<H> {
    fn map<T>(self, f: impl FnOnce(Arc<H>) -> T) -> (T, Vec<Arc<CountedColumn>>, u64) {
        (f(Arc::new(self.0)), self.1, self.2)
    }
}

impl Parts<'_> {
    fn finish<K: PackedKey>(self, counters: Counters<K>) -> Finished<Histogram<K>> {
        let mut histogram = counters.rows.finish();
        let is_outside = |key: K| {
            let mut columns = self.layout.fields().iter().zip(&self.outside);
            columns.any(|(&field, outside)| outside.is_some_and(|code| key.get(field) == code))
        };
        let mut outside_rows = 0;
        if self.outside.iter().any(Option::is_some) {
            outside_rows = histogram.remove(is_outside);
        }
        let mut counted = Vec::with_capacity(self.codings.len());
        for (i, (coding, pairs)) in self.codings.iter().zip(&self.value_of_pairs).enumerate() {
            let lists = &mut histogram.counts.counted[i];
            let value_of_pair = pairs.as_ref().map(|values| lists.sort_by_value(values));
            let mut rows = vec![0u64; coding.codes().len()];
            match &value_of_pair {
                // Each person once for each value.
                Some(values) => values.iter().for_each(|&v| rows[num::index(v)] += 1),
                None => (0..histogram.len()).for_each(|class| {
                    histogram.counts.counted[i].for_each(class, |v, n| rows[num::index(v)] += u64::from(n));
                }),
            }
            counted.push(Arc::new(CountedColumn { whole: coding.whole(rows), value_of_pair }));
        }
        if let Some(population) = counters.population {
            let mut population = population.finish();
            population.remove(is_outside);
            histogram = histogram.with_population(&population);
        }
        Finished(histogram, counted, outside_rows)
    }
}

/// Pairs of a value and a person, numbered as they come.
#[derive(Default)]
struct Pairs(HashMap<(u32, u32), u32>);

impl Pairs {
    fn number(&mut self, pair: (u32, u32)) -> u32 {
        let next = u32::try_from(self.0.len()).expect("at most as many pairs as rows, which are checked");
        *self.0.entry(pair).or_insert(next)
    }

    /// The value of each pair.
    fn values(self) -> Vec<u32> {
        let mut values = vec![0; self.0.len()];
        for ((value, _), number) in self.0 {
            values[num::index(number)] = value;
        }
        values
    }
}

impl AnyCounters {
    fn new(
        layout: &Layout,
        levels: &[Levels],
        counted: Vec<Vec<u32>>,
        persons: bool,
        population: bool,
    ) -> Result<Self> {
        Ok(match layout.words() {
            0 | 1 => AnyCounters::One(Counters::new(layout, levels, counted, persons, population)),
            2 => AnyCounters::Two(Counters::new(layout, levels, counted, persons, population)),
            3 | 4 => AnyCounters::Four(Counters::new(layout, levels, counted, persons, population)),
            5..=16 => AnyCounters::Sixteen(Counters::new(layout, levels, counted, persons, population)),
            words => return Err(Error::key_too_wide(words * 64)),
        })
    }
}

impl<K: PackedKey> Counters<K> {
    fn new(
        layout: &Layout,
        levels: &[Levels],
        counted: Vec<Vec<u32>>,
        persons: bool,
        population: bool,
    ) -> Self {
        let packing = || packing(levels, layout, None);
        Counters {
            rows: Counter::new(packing(), counted, persons),
            population: population.then(|| Counter::new(packing(), Vec::new(), false)),
        }
    }
}

/// For each column, the bits of a key at `node`, or at the finest levels, by code of its dictionary.
pub(in crate::kanon) fn packing<K: PackedKey>(
    levels: &[Levels],
    layout: &Layout,
    node: Option<&[usize]>,
) -> Vec<Vec<K>> {
    let columns = levels.iter().zip(layout.fields()).enumerate();
    let bits = |(i, (levels, &field)): (usize, (&Levels, &Field))| {
        let level = levels.level(node.map_or(0, |n| n[i]));
        level.codes().iter().map(|&code| K::of(field, code)).collect()
    };
    columns.map(bits).collect()
}

impl fmt::Debug for TupleCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TupleCounter")
            .field("columns", &self.columns)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
