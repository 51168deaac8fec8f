//! `pingcha retention`: until when each recording must be kept, and how that stands. Nothing is ever deleted.

use std::io::{Write, stdout};

use anyhow::Context;
use clap::Args;
use jiff::civil::Date;

use super::records::RecordsInput;
use super::{Cli, Status, WrongUse};
use crate::catalogue::Catalogue;
use crate::checks::retention::{kept_until, rule};
use crate::engine::{self, stored};
use crate::lang::{Lang, Prose, Text};
use crate::policy::{self, DEFAULT_POLICY};
use crate::records::{Line, Matcher, State, list};
use crate::report::visible;

#[derive(Debug, Args)]
pub struct RetentionArgs {
    /// The clips that are at hand: a catalogue's file, or postgres://…
    #[arg(long, value_name = "FILE|ADDRESS")]
    catalogue: String,
    /// The regulation whose term counts: its id, or a policy file
    #[arg(long, value_name = "ID|FILE", default_value = DEFAULT_POLICY)]
    policy: String,
    #[command(flatten)]
    records: RecordsInput,
    /// The day on which to look; else the records' own closing day, else today where the policy's agency is
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: Option<Date>,
}

pub(super) fn run(args: &RetentionArgs, cli: &Cli) -> anyhow::Result<u8> {
    let policy = policy::load(&args.policy).map_err(|error| WrongUse(error.prose()))?;
    let clause = policy.clauses.iter().find(|clause| clause.check.id == "retention");
    let clause = clause.ok_or_else(|| {
        let id = &policy.id;
        WrongUse(Prose::new(
            format!("规则 {id} 没有保存期限的条款"),
            format!("the policy {id} has no clause on retention"),
        ))
    })?;
    let (records, calendar) = args
        .records
        .load()?
        .ok_or_else(|| WrongUse(Prose::new("请用 --records 指定台账", "name the records with --records")))?;
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let naming = engine::naming(&policy);
    let subjects = stored::subjects(&mut catalogue, &naming)?;
    let matcher = Matcher::new(&records, &calendar, subjects, &naming.zone);
    let closing = records.rows.book.first().and_then(|book| book.as_of);
    let today = || jiff::Timestamp::now().to_zoned(naming.zone.clone()).date();
    let on = args.on.or(closing).unwrap_or_else(today);

    let mut out = stdout().lock();
    let mut states = Vec::new();
    for line in list(&matcher, rule(&clause.params), Some(on)) {
        let state = State::of(&line);
        states.push(state);
        writeln!(out, "{}", row(&line, state, cli.lang)).context("the list could not be written")?;
    }
    for name in matcher.clips_without_row() {
        let unlisted = Text::new("台账未登记", "not in the ledger").get(cli.lang);
        writeln!(out, "-\t{}\t\t{unlisted}", visible(name))?;
    }
    writeln!(out, "{}", summary(&states, on, &clause.article).get(cli.lang))?;
    Ok(match states.iter().max() {
        Some(State::DeletedEarly) => Status::Violation,
        Some(State::Missing | State::Unknown) => Status::Review,
        _ => Status::Compliant,
    } as u8)
}

/// Row of the ledger, file, term, standing; parted by tabs, for a person and for a spreadsheet.
fn row(line: &Line, state: State, lang: Lang) -> String {
    let term = line.due.map_or_else(|_| String::new(), |due| kept_until(due).get(lang).to_owned());
    let file = line.clip.file.as_deref().unwrap_or_default();
    format!("{}\t{}\t{term}\t{}", line.clip.at.row, visible(file), state.text().get(lang))
}

fn summary(states: &[State], on: Date, article: &str) -> Prose {
    let count = |state: State| states.iter().filter(|&&found| found == state).count();
    let counted = |zh: bool| -> String {
        let parts = State::ALL.map(|state| {
            let text = state.text();
            format!("{} {}", if zh { text.zh } else { text.en }, count(state))
        });
        parts.join(if zh { "，" } else { ", " })
    };
    let all = states.len();
    Prose::new(
        format!("{article}，截至 {on}，台账 {all} 段：{}。本程序不删除任何文件。", counted(true)),
        format!(
            "{article}, on {on}, {all} recordings of the ledger: {}. Nothing is ever deleted by this program.",
            counted(false)
        ),
    )
}
