//! How each suite's list of scenarios becomes tests.

/// Makes a module for each subject and a test in it for each scenario of a suite.
#[doc(hidden)]
#[macro_export]
macro_rules! scenarios {
    ($suite:ident, $adapter:ty, $($subject:ident: { $($scenario:ident,)* })*) => {
        $(
            mod $subject {
                use super::*;

                $(
                    #[test]
                    fn $scenario() {
                        $crate::$suite::$subject::$scenario::<$adapter>();
                    }
                )*
            }
        )*
    };
}

/// A scenario that is written and not listed would never run: each function of a suite's `sources` that is generic
/// over an adapter, which it says by `generic`, must stand in the list.
#[cfg(test)]
pub(crate) fn assert_listed(listed: &str, sources: &[&str], generic: &str) {
    let end = format!("<A: {generic}>() {{");
    let mut found = 0;
    for line in sources.iter().flat_map(|source| source.lines()) {
        let scenario = line.strip_prefix("pub fn ").and_then(|rest| rest.strip_suffix(&*end));
        if let Some(scenario) = scenario {
            found += 1;
            assert!(listed.lines().any(|line| line.trim() == format!("{scenario},")), "{scenario} is not listed");
        }
    }
    assert!(found > 0, "there are scenarios");
}
