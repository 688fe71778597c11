//! Each row of the hazards has a test that is named after it, and `TESTING.md` says which.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const UPDATE: &str = "UPDATE=1 cargo test -p engineio-fuzz --test hazards";

/// Where tests are. The scenarios of the suites are generic functions, of which each adapter makes tests.
const SOURCES: [&str; 9] = [
    "engineio-proto/src",
    "engineio-proto/tests",
    "engineio-hyper/src",
    "engineio-hyper/tests",
    "engineio-hyper/ws/src",
    "engineio-hyper/suite/src",
    "engineio-tokio/tests",
    "engineio-smol/tests",
    "fuzz/tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The rows and what they say, in order.
fn rows() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../hazards.txt").lines();
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|line| line.split_once("  ").expect("a row is an id, two blanks and a sentence")).collect()
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of the tests in a source.
fn tests(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut attribute = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            attribute |= line.ends_with("test]");
            continue;
        }
        let scenario = line.strip_prefix("pub fn ").filter(|rest| rest.contains("<A: "));
        let test = line.strip_prefix("fn ").filter(|_| attribute);
        found.extend(scenario.or(test).and_then(|rest| rest.split(['(', '<']).next()));
        attribute &= line.starts_with("//");
    }
    found
}

/// The rows in front of a test's name.
fn ids(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').take_while(|id| {
        let mut bytes = id.bytes();
        let letter = bytes.next().is_some_and(|byte| b"abcfhkpu".contains(&byte));
        *id == "seed" || letter && id.len() == 3 && bytes.all(|byte| byte.is_ascii_digit())
    })
}

/// For each row the tests that prove it, as links.
fn proofs() -> BTreeMap<String, Vec<String>> {
    let mut paths = Vec::new();
    SOURCES.iter().for_each(|directory| files(&root().join(directory), &mut paths));
    paths.sort();
    let mut proofs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let source = fs::read_to_string(&path).unwrap();
        let path: Vec<_> = path.strip_prefix(root()).unwrap().iter().map(|part| part.to_string_lossy()).collect();
        let path = path.join("/");
        for name in tests(&source) {
            for id in ids(name) {
                proofs.entry(id.to_owned()).or_default().push(format!("[{name}]({path})"));
            }
        }
    }
    proofs
}

#[test]
fn each_row_has_a_test_and_each_test_its_rows() {
    let proofs = proofs();
    let rows = rows();
    let unproved: Vec<_> = rows.iter().filter(|(id, _)| !proofs.contains_key(*id)).collect();
    assert!(unproved.is_empty(), "rows without a test: {unproved:#?}");
    for (id, tests) in &proofs {
        assert_eq!(rows.iter().filter(|(row, _)| row == id).count(), 1, "rows {id}, which has {tests:?}");
    }
}

#[test]
fn the_table_in_testing_md_is_up_to_date() {
    let proofs = proofs();
    let mut table = String::from("| row | what holds | tests |\n|---|---|---|\n");
    for (id, property) in rows() {
        let tests = proofs.get(id).map(|tests| tests.join(", ")).unwrap_or_default();
        writeln!(table, "| {id} | {property} | {tests} |").unwrap();
    }

    let path = root().join("TESTING.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- hazards -->\n").expect("a place for the table");
    let (_, after) = rest.split_once("<!-- /hazards -->\n").expect("an end of the table");
    let expected = format!("{before}<!-- hazards -->\n{table}<!-- /hazards -->\n{after}");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
    } else {
        assert!(text == expected, "the table in TESTING.md is stale; this writes it: {UPDATE}");
    }
}

/// What `SECURITY.md` refers to is there: its rows, and the options that it names.
#[test]
fn the_threats_name_rows_and_options_that_exist() {
    let rows = rows();
    let mut sources = Vec::new();
    SOURCES.iter().filter(|path| path.ends_with("src")).for_each(|path| files(&root().join(path), &mut sources));
    let sources: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, section) = text.split_once("\n## Threats\n").expect("a section of threats");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut threats = 0;
    for line in section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, options, ids] = cells[..] else { panic!("a threat has four cells: {line}") };
        for id in ids.split(", ") {
            assert!(rows.iter().any(|(row, _)| *row == id), "{id} is no row: {line}");
        }
        for option in options.split('`').skip(1).step_by(2) {
            let option =
                ["pub fn", "pub const fn"].map(|kind| [format!("{kind} {option}("), format!("{kind} {option}<")]);
            assert!(
                option.as_flattened().iter().any(|option| sources.contains(option)),
                "{option:?} is no option: {line}"
            );
        }
        threats += 1;
    }
    assert!(threats > 30, "there are threats");
}
