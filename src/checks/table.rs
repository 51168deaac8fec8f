//! The one table of all checks, in the contract's order.

use super::*;

pub static CHECKS: [&Check; 34] = [
    &announcement::CHECK,
    &purpose_statement::CHECK,
    &credential_display::CHECK,
    &rights_notice::CHECK,
    &location_statement::CHECK,
    &key_stages::CHECK,
    &interruption_explanation::CHECK,
    &conduct::CHECK,
    &picture_quality::CHECK,
    &sound_quality::CHECK,
    &continuity::CHECK,
    &session_continuity::CHECK,
    &inserted_content::CHECK,
    &edit_traces::CHECK,
    &overlay_clock::CHECK,
    &device_clock::CHECK,
    &whole_process::CHECK,
    &event_coverage::CHECK,
    &late_recording::CHECK,
    &deposit_deadline::CHECK,
    &deposit_witness::CHECK,
    &storage_target::CHECK,
    &classification::CHECK,
    &archive_deadline::CHECK,
    &retention::CHECK,
    &long_term_preservation::CHECK,
    &device_ledger::CHECK,
    &non_recording_justification::CHECK,
    &restricted_recording::CHECK,
    &access_log::CHECK,
    &evidence_copy::CHECK,
    &original_integrity::CHECK,
    &companion_photos::CHECK,
    &annual_review::CHECK,
];

/// The check of that id, if there is one.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().copied().find(|check| check.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_check_is_in_the_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks");
        let declaring = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file() && !path.ends_with("table.rs"))
            .filter(|path| std::fs::read_to_string(path).unwrap().contains("pub static CHECK: Check"))
            .count();
        assert_eq!(declaring, CHECKS.len());
    }

    #[test]
    fn ids_are_unique_and_found() {
        for check in CHECKS {
            assert!(std::ptr::eq(find(check.id).unwrap(), check), "{}", check.id);
        }
    }
}
