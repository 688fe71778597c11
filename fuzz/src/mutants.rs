//! Faults in the core, written by hand: a forgotten abort, a missing deadline, an answer kept past a transition. Each is
//! a patch in `mutants/` with a sentence of what is wrong, and names a test that notices.

use std::path::Path;
use std::{fs, io};

/// A fault that can be put into the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The name of its patch.
    pub name: String,
    /// What is wrong with it.
    pub what: String,
    /// The test that must fail: its binary and its path in there.
    pub killed_by: (String, String),
    /// The source that it changes, from the root of the repository.
    pub file: String,
    /// What stands there, and what is to stand there instead.
    hunks: Vec<(String, String)>,
}

impl Mutant {
    /// Reads a unified diff of one file, with the sentence and `Killed by: <binary> <test>` in front of it.
    ///
    /// # Errors
    /// Which of these is missing.
    pub fn parse(name: &str, patch: &str) -> Result<Self, &'static str> {
        let mut lines = patch.lines();
        let what = lines.next().filter(|line| !line.is_empty()).ok_or("a sentence")?;
        let killed_by =
            lines.next().and_then(|line| line.strip_prefix("Killed by: ")).and_then(|by| by.split_once(' '));
        let (binary, test) = killed_by.ok_or("a test that kills it")?;
        let file = lines.find_map(|line| line.strip_prefix("+++ b/")).ok_or("a file")?;
        let mut hunks: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with("@@") {
                hunks.push(Default::default());
                continue;
            }
            let (old, new) = hunks.last_mut().ok_or("the head of a hunk")?;
            let (sign, text) = line.split_at_checked(1).ok_or("a sign in front of each line")?;
            for (side, other) in [(old, "+"), (new, "-")] {
                if sign != other {
                    side.push_str(text);
                    side.push('\n');
                }
            }
        }
        let killed_by = (binary.to_owned(), test.to_owned());
        Ok(Self { name: name.to_owned(), what: what.to_owned(), killed_by, file: file.to_owned(), hunks })
    }

    /// All there are, by name.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn all() -> io::Result<Vec<Self>> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants");
        let mut mutants = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let mutant = Self::parse(&name, &fs::read_to_string(&path)?);
            mutants.push(mutant.map_err(|missing| io::Error::other(format!("{name} lacks {missing}")))?);
        }
        mutants.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(mutants)
    }

    /// The source with the fault in it; `None` unless each hunk fits in exactly one place.
    #[must_use]
    pub fn apply(&self, source: &str) -> Option<String> {
        let fits = |source: &str, old: &str| !old.is_empty() && source.matches(old).count() == 1;
        self.hunks.iter().try_fold(source.to_owned(), |source, (old, new)| {
            fits(&source, old).then(|| source.replacen(old.as_str(), new, 1))
        })
    }
}
