//! One self-contained HTML file: no script, no outside resource, and a content security policy that
//! would refuse both. It is well-formed XML too, so that it can be checked by machine.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::page::Page;
use super::timeline::Shape;
use super::words::Words;
use super::{RenderError, Report};

#[derive(Template)]
#[template(path = "report.html")]
struct Html<'a> {
    page: &'a Page,
    words: &'static Words,
    style: String,
    style_digest: String,
}

/// The style sheet. Nothing of a report goes into it but the digits of a digest.
#[derive(Template)]
#[template(path = "report.css", escape = "none")]
struct Css {
    words: &'static Words,
    /// Ties each printed page to the file it speaks of; empty without a digest.
    digest: String,
}

pub fn render(report: &Report) -> Result<String, RenderError> {
    let page = Page::new(report)?;
    let words = page.words;
    let style = Css { words, digest: footer_digest(&page.report) }.render()?;
    let style_digest = BASE64.encode(Sha256::digest(style.as_bytes()));
    Ok(Html { page: &page, words, style, style_digest }.render()?)
}

fn footer_digest(report: &Report) -> String {
    let digest = report.clip.sha256.as_deref().unwrap_or_default();
    if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("SHA-256 {}…{}", &digest[..16], &digest[48..])
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use roxmltree::{Document, Node, ParsingOptions};

    use super::*;
    use crate::lang::Lang;
    use crate::report::{fixture, words};

    fn reports() -> Vec<Report> {
        let mut reports = vec![fixture::hostile()];
        for lang in [Lang::Zh, Lang::En] {
            reports.extend([
                fixture::violation(lang),
                fixture::compliant(lang),
                fixture::unreadable(lang),
                fixture::long(lang),
            ]);
        }
        reports
    }

    fn parse(html: &str) -> Document<'_> {
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        Document::parse_with_options(html, options).unwrap()
    }

    fn all_text(node: Node) -> String {
        node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect()
    }

    #[test]
    fn every_page_is_well_formed_and_every_link_leads_somewhere() {
        for report in reports() {
            let html = render(&report).unwrap();
            let document = parse(&html);
            let mut ids = HashSet::new();
            for id in document.descendants().filter_map(|node| node.attribute("id")) {
                assert!(ids.insert(id), "the id {id} is there twice");
            }
            for href in document.descendants().filter_map(|node| node.attribute("href")) {
                let target = href.strip_prefix('#').unwrap_or_else(|| panic!("{href} leaves the page"));
                assert!(ids.contains(target), "{href} leads nowhere");
            }
        }
    }

    #[test]
    fn nothing_is_loaded_and_nothing_runs() {
        for report in reports() {
            let html = render(&report).unwrap();
            let document = parse(&html);
            for node in document.descendants().filter(Node::is_element) {
                let name = node.tag_name().name();
                assert!(
                    !["script", "link", "iframe", "object", "embed", "base", "form"].contains(&name),
                    "{name}"
                );
                for attribute in node.attributes() {
                    let (name, value) = (attribute.name(), attribute.value());
                    assert!(!name.starts_with("on") && name != "style", "{name}={value}");
                    assert!(name != "src" || value.starts_with("data:image/jpeg;base64,"), "{value}");
                    assert!(!value.contains("://") || name == "content" || name == "alt", "{name}={value}");
                }
            }
            let style = document.descendants().find(|node| node.has_tag_name("style")).unwrap();
            let style = style.text().unwrap();
            assert!(!style.contains("@import") && !style.contains("//") && !style.contains('<'));
        }
    }

    #[test]
    fn the_policy_allows_exactly_the_pages_own_style() {
        let html = render(&fixture::violation(Lang::Zh)).unwrap();
        let (_, rest) = html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let digest = BASE64.encode(Sha256::digest(style.as_bytes()));
        let document = parse(&html);
        let policy = document
            .descendants()
            .find(|node| node.attribute("http-equiv") == Some("Content-Security-Policy"))
            .and_then(|node| node.attribute("content"))
            .unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains(&format!("'sha256-{digest}'")));
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let html = render(&fixture::hostile()).unwrap();
        let document = parse(&html);
        let shown = crate::report::inert::visible(fixture::ATTACK);
        assert!(shown.contains("<script>alert(1)</script>"));
        let text = all_text(document.root_element());
        assert!(text.matches(&shown).count() > 40);
        assert!(html.chars().all(|c| c == '\n' || !crate::report::inert::is_invisible(c)));
    }

    #[test]
    fn a_page_says_what_the_report_says() {
        for lang in [Lang::Zh, Lang::En] {
            let report = fixture::violation(lang);
            let html = render(&report).unwrap();
            let document = parse(&html);
            let text = all_text(document.root_element());
            for finding in &report.findings {
                for said in [&finding.article, &finding.clause, &finding.summary, &finding.method] {
                    assert!(text.contains(said.as_str()), "{said}");
                }
                assert!(text.to_lowercase().contains(&finding.title.to_lowercase()));
            }
            for said in report.limits.iter().chain(report.observations.speech.iter().map(|line| &line.text)) {
                assert!(text.contains(said.as_str()), "{said}");
            }
            for digest in [&report.clip.sha256, &report.clip.sm3, &Some(report.policy.sha256.clone())] {
                assert!(text.contains(digest.as_deref().unwrap()));
            }
            assert!(text.contains(words::clip_verdict(report.verdict).get(lang)));
            let pictures = document.descendants().filter(|node| node.has_tag_name("img")).count();
            assert_eq!(pictures, report.findings.iter().map(|finding| finding.stills.len()).sum::<usize>());
        }
    }

    #[test]
    fn english_prose_has_no_chinese_outside_quotations() {
        let html = render(&fixture::violation(Lang::En)).unwrap();
        let document = parse(&html);
        let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for node in document.descendants().filter(|node| node.is_text()) {
            // The tool tip of a mark that stands for a quotation.
            let quoted = node.parent().is_some_and(|parent| parent.has_tag_name("title"));
            let quoted = quoted || node.ancestors().any(|parent| parent.attribute("lang") == Some("zh-CN"));
            let text = node.text().unwrap_or_default();
            // The fixture's own prose quotes the missing words and names the policy in the record.
            let names_it = text.contains("本次执法全程录音录像") || text.contains("管理制度");
            assert!(quoted || names_it || !text.contains(chinese), "{text}");
        }
    }

    #[test]
    fn a_clip_without_duration_has_no_time_line() {
        let html = render(&fixture::unreadable(Lang::Zh)).unwrap();
        assert!(!html.contains("<svg") && html.contains("缺少索引（moov）"));
        // What was not looked at must not read as if nothing had been found.
        assert!(html.contains(words::words(Lang::Zh).nothing_looked_at));
        for id in ["overview", "discontinuities", "clock", "transcript"] {
            assert!(!html.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }

    #[test]
    fn a_long_clip_makes_a_page_of_reasonable_size() {
        let html = render(&fixture::long(Lang::Zh)).unwrap();
        assert!(html.len() < 2_000_000, "{} bytes", html.len());
    }

    /// Writes the fixtures as pages for a person to look at:
    /// `PINGCHA_PAGES=/tmp/pages cargo test --lib pages_to_look_at -- --ignored`.
    #[test]
    #[ignore = "writes files for a person to look at"]
    fn pages_to_look_at() {
        let folder = std::path::PathBuf::from(std::env::var_os("PINGCHA_PAGES").unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        for (name, report) in [
            ("violation-zh", fixture::violation(Lang::Zh)),
            ("violation-en", fixture::violation(Lang::En)),
            ("compliant-zh", fixture::compliant(Lang::Zh)),
            ("unreadable-zh", fixture::unreadable(Lang::Zh)),
            ("hostile", fixture::hostile()),
            ("long-zh", fixture::long(Lang::Zh)),
        ] {
            std::fs::write(folder.join(name).with_extension("html"), render(&report).unwrap()).unwrap();
        }
    }
}
