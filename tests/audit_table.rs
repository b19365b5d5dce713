//! Attacks on tables with planted structure: what they must find, and what they must not.

use incog::{
    ErrorKind,
    audit::table::{
        AttackKind, AttackReport, Attacker, ControlSplit, Downcoding, Meaning, Measured, Minimality,
    },
    table::{Column, Table},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn table(columns: &[(&str, Vec<String>)]) -> Table {
    Table::new(columns.iter().map(|(name, values)| (*name, Column::from_values(values).unwrap()))).unwrap()
}

/// People with an age, a postal code that go together with an illness, as far as they do.
fn people(rows: usize, seed: u64) -> Table {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut columns = [vec![], vec![], vec![], vec![]];
    for _ in 0..rows {
        let age = rng.random_range(20..80);
        let ill = if rng.random_bool(0.6) { age / 20 } else { rng.random_range(1..4) };
        columns[0].push(age.to_string());
        columns[1].push(format!("9{:04}", rng.random_range(0..400) * 7));
        columns[2].push(["F", "M"][rng.random_range(0..2)].to_owned());
        columns[3].push(["flu", "cough", "gout"][ill as usize - 1].to_owned());
    }
    let [age, zip, sex, ill] = columns;
    table(&[("age", age), ("zip", zip), ("sex", sex), ("ill", ill)])
}

fn attack(released: &Table, original: &Table, split: &ControlSplit) -> AttackReport {
    let attacker = Attacker::builder(released, original, split).known(["age", "zip", "sex"]);
    attacker.sensitive(["ill"]).key([5; 32]).build().unwrap().run(&|_, _, _| {})
}

fn of<'r>(report: &'r AttackReport, name: &str) -> &'r Measured {
    report.attacks.iter().find(|a| a.name == name).unwrap()
}

/// `age` in tens, `zip` by two digits: what a recipient sees.
fn coarse(table: &Table) -> Table {
    let age = table.column("age").unwrap().map_values(|_, v| {
        let low = v.parse::<u32>().unwrap() / 10 * 10;
        Ok(format!("[{low}, {})", low + 10))
    });
    let zip = table.column("zip").unwrap().map_values(|_, v| Ok(format!("{}***", &v[..2])));
    let sex = table.column("sex").unwrap().map_values(|_, _| Ok("*".to_owned()));
    let ill = table.column("ill").unwrap().clone();
    Table::new([("age", age.unwrap()), ("zip", zip.unwrap()), ("sex", sex.unwrap()), ("ill", ill)]).unwrap()
}

/// Everyone's values are their own, so a copy tells all of them: each attack succeeds always on members, and on nobody else
/// but by guessing one of three.
#[test]
fn a_copy_scores_near_one() {
    let unique = |at: u32| (0..3000).map(|i| (at + i * 7).to_string()).collect::<Vec<_>>();
    let ill = (0..3000).map(|i| ["flu", "cough", "gout"][i * i % 7 % 3].to_owned()).collect();
    let sex = unique(9_000_000);
    let original = table(&[("age", unique(1)), ("zip", unique(100_000)), ("sex", sex), ("ill", ill)]);
    let split = ControlSplit::keyed(&[1; 32], 0.5, &original, None).unwrap();
    let report = attack(&original.select(split.members()), &original, &split);
    for name in ["singling_out", "linkability"] {
        let measured = of(&report, name);
        assert_eq!((measured.attack.value(), measured.control.value()), (1.0, 0.0), "{measured}");
        assert!(measured.excess.lower > 0.99, "{measured}");
    }
    assert_eq!(of(&report, "inference").attack.value(), 1.0);
    assert!(of(&report, "inference").excess.lower > 0.3);
    assert!(report.exceeding(0.9).count() >= 2);

    let split = ControlSplit::keyed(&[1; 32], 0.5, &original, None).unwrap();
    let (released, register) = (original.select(split.members()), original.select(split.members()));
    let attacker = Attacker::builder(&released, &original, &split).known(["age", "zip"]).register(&register);
    let report = attacker.attacks([]).build().unwrap().run(&|_, _, _| {});
    let [linkage] = &report.attacks[..] else { panic!("only the register: {report:?}") };
    assert_eq!((linkage.attack.value(), linkage.control.value()), (1.0, 0.0));
    let figures = report.register.unwrap();
    assert_eq!((figures.before.value(), figures.columns.len()), (1.0, 2));
}

/// Tables of other people from the same population. Each of 60 runs of 3 attacks has a 95 % interval that leaves out 0 once
/// in 20; more than 16 of 60 do so less than once in a million.
#[test]
fn independent_data_covers_zero() {
    let mut missed = [0; 3];
    for seed in 0..60 {
        let original = people(1200, seed);
        let split = ControlSplit::keyed(&[seed as u8; 32], 0.4, &original, None).unwrap();
        let others = people(700, 1000 + seed);
        let released = if seed % 2 == 0 { others } else { coarse(&others) };
        let report = attack(&released, &original, &split);
        for (missed, name) in missed.iter_mut().zip(["singling_out", "linkability", "inference"]) {
            let excess = of(&report, name).excess;
            *missed += u32::from(excess.lower > 0.0 || excess.upper < 0.0);
        }
    }
    assert!(missed.iter().all(|&m| m <= 16), "{missed:?}");
}

/// A third of the rows leave as they are, unique; the others say nothing.
#[test]
fn a_planted_share_is_found_exactly() {
    let n = 3000;
    let original = table(&[
        ("age", (0..n).map(|i| i.to_string()).collect()),
        ("zip", (0..n).map(|i| (i % 10).to_string()).collect()),
        ("sex", (0..n).map(|_| "F".to_owned()).collect()),
        ("ill", (0..n).map(|i| if i % 2 == 0 { "flu" } else { "gout" }.to_owned()).collect()),
    ]);
    let split = ControlSplit::of_rows((0..1500).collect(), (1500..n).collect());
    let hidden = |name: &str| {
        let column = original.column(name).unwrap();
        (0..1500).map(|row| if row % 3 == 0 { column.cell(row).unwrap() } else { "*" }.to_owned()).collect()
    };
    let ill = (0..1500).map(|row| original.column("ill").unwrap().cell(row).unwrap().to_owned()).collect();
    let released =
        table(&[("age", hidden("age")), ("zip", hidden("zip")), ("sex", hidden("sex")), ("ill", ill)]);
    let singling_out = attack(&released, &original, &split);
    let measured = of(&singling_out, "singling_out");
    assert_eq!((measured.attack.hits, measured.attack.trials), (500, 1500));
    assert_eq!(measured.control.hits, 0);
    // 500 rows stand alone in their class, and 1,000 in one with two values.
    assert_eq!(singling_out.homogeneity[0].homogeneous_rows, 500);
    assert_eq!(singling_out.homogeneity[0].homogeneous_classes, 500);
}

/// A release whose every class holds ten people and one illness: nobody stands alone, and everybody's illness is known.
#[test]
fn classes_that_share_a_value_give_it_away() {
    let n = 2000;
    let age = |i: usize| i / 10;
    let original = table(&[
        ("age", (0..n).map(|i| age(i).to_string()).collect()),
        ("zip", (0..n).map(|_| "1".to_owned()).collect()),
        ("sex", (0..n).map(|_| "F".to_owned()).collect()),
        ("ill", (0..n).map(|i| format!("ill {}", age(i) * 31 % 17)).collect()),
    ]);
    let members: Vec<usize> = (0..n).filter(|&i| age(i) % 2 == 0).collect();
    let split = ControlSplit::of_rows(members, (0..n).filter(|&i| age(i) % 2 == 1).collect());
    let report = attack(&original.select(split.members()), &original, &split);
    assert_eq!(of(&report, "singling_out").attack.hits, 0);
    assert_eq!(of(&report, "inference").attack.value(), 1.0);
    assert!(of(&report, "inference").excess.lower > 0.8);
    assert_eq!(report.homogeneity[0].homogeneous_rows, 1000);
    assert!(!of(&report, "singling_out_with_sensitive").decides);
}

#[test]
fn small_and_equal_tables_give_numbers() {
    let same = |n: usize| table(&["age", "zip", "sex", "ill"].map(|name| (name, vec!["x".to_owned(); n])));
    for (rows, members) in [(0, 0), (1, 1), (1, 0), (2, 1), (50, 25), (50, 50), (50, 0)] {
        let original = same(rows);
        let split = ControlSplit::of_rows((0..members).collect(), (members..rows).collect());
        for released in [original.select(split.members()), same(0)] {
            let report = attack(&released, &original, &split);
            assert_eq!(report.attacks.len(), 4);
            for a in &report.attacks {
                let figures =
                    [a.attack.value(), a.control.value(), a.excess.lower, a.excess.upper, a.excess.value];
                assert!(figures.iter().all(|x| x.is_finite()), "{rows} {members}: {a:?}");
                assert!(a.excess.lower <= a.excess.value && a.excess.value <= a.excess.upper, "{a:?}");
            }
        }
    }
    // Everybody has one illness: it is always guessed right, and nothing is learned.
    let original = same(2000);
    let split = ControlSplit::keyed(&[2; 32], 0.5, &original, None).unwrap();
    let inference = attack(&original.select(split.members()), &original, &split);
    let excess = of(&inference, "inference").excess;
    assert!(excess.value.abs() < 1e-12 && excess.upper < 0.01, "{excess:?}");
}

/// The twin asks of every released row whether it fits every entry, by hand-written rules for these cells.
#[test]
fn a_register_links_what_looking_at_every_row_links() {
    for seed in 0..4 {
        let original = people(600, seed);
        let split = ControlSplit::keyed(&[9; 32], 0.3, &original, None).unwrap();
        let released = coarse(&original.select(split.members()));
        let register = people(300, 77);
        let attacker = Attacker::builder(&released, &original, &split).known(["age", "zip", "sex"]);
        let report = attacker.attacks([]).register(&register).build().unwrap().run(&|_, _, _| {});
        let cell = |t: &Table, name: &str, row: usize| t.column(name).unwrap().cell(row).unwrap().to_owned();
        let fits = |people: &Table, person: usize, row: usize| {
            let low: u32 = cell(&released, "age", row)[1..3].parse().unwrap();
            let age: u32 = cell(people, "age", person).parse().unwrap();
            low <= age
                && age < low + 10
                && cell(people, "zip", person)[..2] == cell(&released, "zip", row)[..2]
        };
        let linked = |people: &Table, person: usize| {
            (1..=2).contains(&(0..released.rows()).filter(|&row| fits(people, person, row)).count())
        };
        let linkage = of(&report, "register_linkage");
        let members = split.members().iter().filter(|&&row| linked(&original, row)).count();
        assert_eq!(
            (linkage.attack.hits, linkage.attack.trials),
            (members as u64, split.members().len() as u64)
        );
        let control = split.control().iter().filter(|&&row| linked(&original, row)).count();
        assert_eq!(
            (linkage.control.hits, linkage.control.trials),
            (control as u64, split.control().len() as u64)
        );
        let before = |p: usize| {
            let equal = |row: &&usize| {
                ["age", "zip", "sex"].iter().all(|n| cell(&original, n, **row) == cell(&register, n, p))
            };
            (1..=2).contains(&split.members().iter().filter(equal).count())
        };
        let figures = report.register.as_ref().unwrap();
        assert_eq!(figures.after.hits, (0..300).filter(|&p| linked(&register, p)).count() as u64);
        assert_eq!(figures.before.hits, (0..300).filter(|&p| before(p)).count() as u64);
    }
}

/// All members are linked; of the entries hardly one is of a member.
#[test]
fn a_register_of_strangers_hides_no_linkage() {
    let range = |from: u32, to: u32| table(&[("age", (from..to).map(|i| i.to_string()).collect())]);
    let original = range(0, 2000);
    let split = ControlSplit::keyed(&[3; 32], 0.3, &original, None).unwrap();
    let released = original.select(split.members());
    let register = range(1990, 3000);
    let attacker = Attacker::builder(&released, &original, &split).known(["age"]).register(&register);
    let most = std::cell::Cell::new(0);
    let report = attacker.build().unwrap().run(&|name, done, all| {
        if name == "register linkage" {
            most.set(most.get().max(done));
            assert!(done <= all, "{done} of {all}");
        }
    });
    let linkage = of(&report, "register_linkage");
    assert!(linkage.decides && linkage.attack.value() > 0.999 && linkage.excess.lower > 0.99, "{linkage}");
    let figures = report.register.as_ref().unwrap();
    assert!(figures.after.value() < 0.01 && most.get() > 2000, "{figures:?}");
    // One column makes no two registers, and nothing is decided on what could not succeed.
    let linkability = of(&report, "linkability");
    assert!(!linkability.decides && linkability.attack.hits == 0, "{linkability}");
}

#[test]
fn a_person_with_many_rows_is_one() {
    // Ten rows each: no row stands alone, and every person does.
    let n = 1000;
    let original = table(&[
        ("id", (0..n).map(|i| format!("p{}", i / 10)).collect()),
        ("age", (0..n).map(|i| (i / 10).to_string()).collect()),
    ]);
    let split = ControlSplit::keyed(&[4; 32], 0.5, &original, Some("id")).unwrap();
    assert!(split.members().chunks(10).all(|rows| rows[9] == rows[0] + 9), "persons stay whole");
    let released = original.select(split.members());
    let attacker = |person: bool| {
        let attacker = Attacker::builder(&released, &original, &split).known(["age"]);
        let attacker = if person { attacker.person("id") } else { attacker };
        attacker.attacks([AttackKind::SinglingOut]).build().unwrap().run(&|_, _, _| {})
    };
    assert_eq!(of(&attacker(true), "singling_out").attack.value(), 1.0);
    assert_eq!(attacker(true).members, split.members().len() as u64 / 10);
    assert_eq!(of(&attacker(false), "singling_out").attack.value(), 0.0);
}

#[test]
fn reports_repeat_and_depend_on_the_key() {
    let original = people(4000, 3);
    let split = ControlSplit::keyed(&[1; 32], 0.5, &original, None).unwrap();
    let released = coarse(&original.select(split.members()));
    let report = |key| {
        let attacker =
            Attacker::builder(&released, &original, &split).known(["age", "zip"]).sensitive(["ill"]);
        attacker.samples(300).key([key; 32]).build().unwrap().run(&|_, _, _| {})
    };
    assert_eq!(report(1), report(1));
    assert_ne!(report(1), report(2));
    assert!(report(1).attacks.iter().all(|a| a.attack.trials == 300 && a.control.trials == 300));
}

#[test]
fn names_of_groups_need_a_meaning() {
    let original = people(2000, 8);
    let split = ControlSplit::keyed(&[1; 32], 0.5, &original, None).unwrap();
    let released = original.select(split.members());
    let ages = |low: u32| (low..low + 5).map(|a| a.to_string()).collect::<Vec<_>>();
    let name = |value: &str| format!("group {}", value.parse::<u32>().unwrap() / 5 * 5);
    let age = released.column("age").unwrap().map_values(|_, v| Ok(name(v))).unwrap();
    let zip = released.column("zip").unwrap().clone();
    let released = Table::new([("age", age), ("zip", zip)]).unwrap();
    let register = original.select(split.members());
    let attacker =
        || Attacker::builder(&released, &original, &split).known(["age", "zip"]).register(&register);
    let without = attacker().build().unwrap().run(&|_, _, _| {});
    assert_eq!(without.opaque_rows["age"], released.rows() as u64);
    let meaning =
        (20..80).step_by(5).fold(Meaning::default(), |m, low| m.group(format!("group {low}"), ages(low)));
    let with = attacker().meaning("age", meaning).build().unwrap().run(&|_, _, _| {});
    assert!(with.opaque_rows.is_empty());
    // 12 groups and 400 codes for 1,000 people: eight of ten are alone or with one other.
    assert_eq!(of(&without, "register_linkage").attack.hits, 0);
    assert!(of(&with, "register_linkage").excess.lower > 0.5, "{}", of(&with, "register_linkage"));
}

#[test]
fn what_cannot_be_attacked_says_why() {
    let original = people(10, 1);
    let split = ControlSplit::of_rows((0..5).collect(), (5..10).collect());
    let other = table(&[("shoe", vec!["43".to_owned()])]);
    let build = |known: &[&str], register: Option<&Table>| {
        let attacker = Attacker::builder(&original, &original, &split).known(known.iter().copied());
        let attacker = match register {
            Some(register) => attacker.register(register),
            None => attacker,
        };
        attacker.build().map(drop).unwrap_err()
    };
    let error = build(&[], None);
    assert_eq!(error.to_string(), "an attacker knows at least one column; name the quasi-identifying ones");
    assert_eq!(build(&["age", "age"], None).kind(), ErrorKind::Parameter);
    assert_eq!(
        build(&["age"], Some(&other)).to_string(),
        "the register has none of the columns 'age'; name its columns like them"
    );
    let outside = ControlSplit::of_rows(vec![10], vec![]);
    let error = Attacker::builder(&original, &original, &outside).known(["age"]).build().unwrap_err();
    assert_eq!(error.to_string(), "the split is of another table: it names rows beyond the last");
}

/// The least interval of 5, 10, 20, 40 or 80 years from 0 that holds all of `ages`.
fn interval(ages: &[u32]) -> String {
    let width = [5, 10, 20, 40, 80].into_iter().find(|w| ages.iter().all(|a| a / w == ages[0] / w)).unwrap();
    let low = ages[0] / width * width;
    format!("[{low}, {})", low + width)
}

fn intervals() -> Meaning {
    (0..80).fold(Meaning::default(), |meaning, age: u32| {
        let levels: Vec<String> =
            [5, 10, 20, 40, 80].iter().map(|w| format!("[{}, {})", age / w * w, age / w * w + w)).collect();
        meaning.line(&age.to_string(), levels.iter().map(String::as_str))
    })
}

/// People with an age and a room, both even; a release of the first `members`, whose ages are as `cell` writes those of a class.
fn downcoded(
    original: &Table,
    members: usize,
    classes: &[Vec<usize>],
    cell: &dyn Fn(&[u32]) -> String,
    (minimality, exact): (Minimality, bool),
) -> Downcoding {
    let age = |row: &usize| original.column("age").unwrap().cell(*row).unwrap().parse::<u32>().unwrap();
    let (mut ages, mut rooms, mut origins) = (vec![], vec![], vec![]);
    for (room, rows) in classes.iter().enumerate() {
        let label = cell(&rows.iter().map(age).collect::<Vec<_>>());
        for &row in rows {
            ages.push(label.clone());
            rooms.push(room.to_string());
            origins.push(row);
        }
    }
    let released = table(&[("age", ages), ("room", rooms)]);
    let split = ControlSplit::of_rows((0..members).collect(), (members..original.rows()).collect());
    let attacker = Attacker::builder(&released, original, &split).known(["age", "room"]).attacks([]);
    let attacker = attacker.meaning("age", intervals()).minimality(minimality);
    let attacker = if exact { attacker.origins(origins) } else { attacker };
    attacker.build().unwrap().run(&|_, _, _| {}).downcoding.unwrap()
}

fn housed(rows: usize, seed: u64, rooms: usize) -> (Table, Vec<Vec<usize>>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut classes = vec![vec![]; rooms];
    let (mut ages, mut names) = (vec![], vec![]);
    for row in 0..2 * rows {
        let room = rng.random_range(0..rooms);
        ages.push(rng.random_range(0..80u32).to_string());
        names.push(room.to_string());
        if row < rows {
            classes[room].push(row);
        }
    }
    classes.retain(|rows| !rows.is_empty());
    (table(&[("age", ages), ("room", names)]), classes)
}

/// By hand: a class of several rows in the least interval that holds them is in both halves of it, and no other class is finer.
#[test]
fn cells_that_only_a_distinction_explains_are_written_finer() {
    for seed in 0..4 {
        let (original, classes) = housed(600, seed, 150);
        let found = downcoded(&original, 600, &classes, &interval, (Minimality::EachClass, true));
        let age = |row: &usize| original.column("age").unwrap().cell(*row).unwrap().parse::<u32>().unwrap();
        let told: Vec<&Vec<usize>> =
            classes.iter().filter(|rows| rows.iter().any(|r| age(r) / 5 != age(&rows[0]) / 5)).collect();
        assert_eq!(found.finer_cells, 2 * told.len() as u64);
        assert_eq!(found.finer_rows, 2 * told.len() as u64);
        let single = |rows: &&Vec<usize>| rows.iter().all(|r| age(r) == age(&rows[0]));
        // Of five years all in one interval, which of the years occur is not told.
        assert_eq!(found.general_cells, 600, "{found:?} {}", classes.iter().filter(single).count());
        assert_eq!((found.right.hits, found.right.trials), (told.len() as u64, told.len() as u64));
        assert!(found.exact && found.control.value() < 1.0 && found.excess.lower > 0.0, "{found:?}");
        let fits = downcoded(&original, 600, &classes, &interval, (Minimality::EachClass, false));
        assert!(!fits.exact && fits.right.hits <= fits.right.trials);
        // As wholes, many classes keep the column from being finer.
        let whole = downcoded(&original, 600, &classes, &interval, (Minimality::WholeColumns, true));
        assert_eq!((whole.finer_cells, whole.right.trials), (0, 0));
        // Ranges give away their ends.
        let range =
            |ages: &[u32]| format!("[{}, {}]", ages.iter().min().unwrap(), ages.iter().max().unwrap());
        let ends = downcoded(&original, 600, &classes, &range, (Minimality::EachClass, true));
        let wide = classes.iter().filter(|rows| rows.iter().any(|r| age(r) != age(&rows[0]))).count();
        assert_eq!((ends.right.hits, ends.right.trials), (wide as u64, wide as u64));
        assert!(ends.excess.lower > 0.5, "of others, nobody is at both ends: {ends:?}");
    }
}

/// One interval for everybody, whoever is in the class, says nothing of them. Each of 60 runs has a 95 % interval that leaves out 0
/// once in 20; more than 16 of 60 do so less than once in a million.
#[test]
fn cut_points_that_do_not_depend_on_the_rows_give_nothing_away() {
    let mut missed = 0;
    for seed in 0..60 {
        let (original, classes) = housed(600, 100 + seed, 150);
        let fixed = |_: &[u32]| "[0, 80)".to_owned();
        let found = downcoded(&original, 600, &classes, &fixed, (Minimality::EachClass, true));
        assert!(found.right.trials > 100);
        missed += u32::from(found.excess.lower > 0.0 || found.excess.upper < 0.0);
    }
    assert!(missed <= 16, "{missed}");
}

#[test]
fn origins_of_another_table_are_refused() {
    let original = people(10, 1);
    let split = ControlSplit::of_rows((0..5).collect(), (5..10).collect());
    for origins in [vec![0; 3], vec![10; 10]] {
        let attacker = Attacker::builder(&original, &original, &split).known(["age"]).origins(origins);
        let error = attacker.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert!(error.to_string().contains("for each of 10 released rows"), "{error}");
    }
}
