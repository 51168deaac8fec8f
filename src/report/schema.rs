//! The published JSON Schema of a report, made from the types that are written.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::Report;

/// What [`super::json`] writes, as JSON Schema (draft 2020-12).
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::report::{fixture, json};

    const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");

    /// After changing the model: `UPDATE_SCHEMA=1 cargo test --lib report::schema`.
    #[test]
    fn the_published_schema_is_the_one_of_the_types() {
        let mut made = serde_json::to_string_pretty(&schema()).unwrap();
        made.push('\n');
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(PUBLISHED, &made).unwrap();
        }
        let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
        assert!(published == made, "{PUBLISHED} is out of date: run with UPDATE_SCHEMA=1");
    }

    #[test]
    fn reports_validate_and_broken_ones_do_not() {
        const SCHEMA: &str = "report.schema.json";
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource(SCHEMA, schema().to_value()).unwrap();
        let report_schema = compiler.compile(SCHEMA, &mut schemas).unwrap();
        let is_valid = |report: &serde_json::Value| schemas.validate(report, report_schema).is_ok();
        let reports = [
            fixture::violation(Lang::Zh),
            fixture::violation(Lang::En),
            fixture::compliant(Lang::Zh),
            fixture::unreadable(Lang::En),
            fixture::hostile(),
        ];
        for report in reports {
            let written = serde_json::from_slice(&json::pretty(&report).unwrap()).unwrap();
            assert!(is_valid(&written), "{:?}", report.clip.name);
        }

        let written: serde_json::Value =
            serde_json::from_slice(&json::line(&fixture::violation(Lang::Zh)).unwrap()).unwrap();
        for (pointer, wrong) in [
            ("/schema", "pingcha.report/0"),
            ("/verdict", "fine"),
            ("/findings/0/verdict", "passed"),
            ("/clip/duration_s", "600 s"),
            ("/observations/discontinuities/0/kind", "splice"),
        ] {
            let mut broken = written.clone();
            *broken.pointer_mut(pointer).unwrap() = wrong.into();
            assert!(!is_valid(&broken), "{pointer} = {wrong}");
        }
        let mut lacking = written.clone();
        lacking.as_object_mut().unwrap().remove("limits");
        assert!(!is_valid(&lacking));
    }
}
