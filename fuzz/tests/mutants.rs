//! The faults that are put into the core by hand still fit it, and the tests that must notice them are there. Whether
//! they notice is for the example `mutants` to see.

use engineio_fuzz::mutants::Mutant;
use std::fs;
use std::path::Path;

#[test]
fn each_fault_fits_and_its_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mutants = Mutant::all().unwrap();
    assert!(mutants.len() >= 30);
    for mutant in mutants {
        let Mutant { name, file, killed_by: (binary, test), .. } = &mutant;
        let source = fs::read_to_string(root.join(file)).unwrap();
        let mutated = mutant.apply(&source);
        assert!(mutated.is_some_and(|mutated| mutated != source), "{name} does not fit {file}");
        let (module, test) = test.rsplit_once("::").unwrap();
        let module = format!("engineio-proto/tests/{binary}/{}.rs", module.replace("::", "/"));
        let module = fs::read_to_string(root.join(&module)).unwrap_or_else(|error| panic!("{name}: {module}: {error}"));
        assert!(module.contains(&format!("fn {test}(")), "{name}: no test {test}");
    }
}
