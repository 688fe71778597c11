//! Puts each of the faults in `mutants/` into a copy of the core and runs the test that must notice it. Prints a table;
//! fails if a fault survives or no longer fits. `mutants abort` does so for those with `abort` in their names;
//! `mutants abort --pair` asks the walks of a client with a server instead, which need not notice all.

use engineio_fuzz::mutants::Mutant;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

/// A test that takes longer than this hangs, which is one way to notice.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> io::Result<ExitCode> {
    let wanted = env::args().nth(1).filter(|wanted| wanted != "--pair").unwrap_or_default();
    let pair = env::args().any(|argument| argument == "--pair");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let tree = root.join("target/mutants/tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    copy(&root, &tree)?;
    let mutants: Vec<_> = Mutant::all()?.into_iter().filter(|mutant| mutant.name.contains(&wanted)).collect();

    // Whatever fails without a fault proves nothing with one.
    let tests: &[Tests<'_>] =
        if pair { &[WALKS] } else { &["server", "client", "codec"].map(|all| Tests::core(all, "")) };
    for tests in tests {
        if outcome(&tree, *tests)? != Outcome::Passes {
            println!("the tests `{}` fail without any fault", tests.binary);
            return Ok(ExitCode::FAILURE);
        }
    }
    println!("| fault | what is wrong | killed by |\n|---|---|---|");
    let mut survived = 0;
    for mutant in &mutants {
        let Mutant { name, what, killed_by: (binary, test), .. } = mutant;
        let tests = if pair { WALKS } else { Tests::core(binary, test) };
        let path = tree.join(&mutant.file);
        let source = fs::read_to_string(&path)?;
        let outcome = match mutant.apply(&source) {
            Some(mutated) => {
                fs::write(&path, mutated)?;
                outcome(&tree, tests)?
            }
            None => Outcome::DoesNotFit,
        };
        fs::write(&path, source)?;
        survived += usize::from(!matches!(outcome, Outcome::Fails | Outcome::Hangs));
        let verdict = match outcome {
            Outcome::Fails => format!("`{}`", tests.filter),
            Outcome::Hangs => format!("`{}`, which hangs", tests.filter),
            Outcome::Passes => "**nobody**".to_owned(),
            Outcome::DoesNotBuild => "**does not build**".to_owned(),
            Outcome::DoesNotFit => "**does not fit the source**".to_owned(),
        };
        println!("| {name} | {what} | {verdict} |");
    }
    println!("\n{} faults, {survived} not killed", mutants.len());
    Ok(if survived == 0 && !mutants.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passes,
    Fails,
    Hangs,
    DoesNotBuild,
    DoesNotFit,
}

/// Tests that are to notice.
#[derive(Clone, Copy)]
struct Tests<'a> {
    package: &'a str,
    binary: &'a str,
    /// One of them, or what their names begin with.
    filter: &'a str,
    exact: bool,
}

/// Those that walk all runs of a client and a server.
const WALKS: Tests<'_> = Tests { package: "engineio-fuzz", binary: "pair", filter: "nothing_goes_wrong", exact: false };

impl<'a> Tests<'a> {
    /// One test of the core, or all in a binary.
    const fn core(binary: &'a str, test: &'a str) -> Self {
        Self { package: "engineio-proto", binary, filter: test, exact: !test.is_empty() }
    }
}

/// Runs tests.
fn outcome(tree: &Path, Tests { package, binary, filter, exact }: Tests<'_>) -> io::Result<Outcome> {
    let cargo = || {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(tree).args(["test", "-q", "-p", package, "--locked", "--test", binary]);
        // Only one file differs from one to the next.
        command.env("CARGO_INCREMENTAL", "1").env("CARGO_TARGET_DIR", tree.with_file_name("build"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // What does not build is not noticed by a test.
    if !cargo().arg("--no-run").status()?.success() {
        return Ok(Outcome::DoesNotBuild);
    }
    let mut run = cargo();
    run.arg(filter);
    if exact {
        run.args(["--", "--exact"]);
    }
    let mut child = run.process_group(0).spawn()?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Outcome::Passes } else { Outcome::Fails });
        }
        thread::sleep(Duration::from_millis(20));
    }
    // The test's own process too.
    Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status()?;
    child.wait()?;
    Ok(Outcome::Hangs)
}

/// Copies all that is source.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if ["target", "node_modules", ".git", "corpus"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
