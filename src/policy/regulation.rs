//! A regulation's text, cut into its articles, so that a clause can be held against it.
//!
//! Published texts break lines in the middle of sentences and pad them with spaces of several
//! kinds. Comparison ignores white space and nothing else: every character and every misprint
//! counts.

/// The part before the first article.
const PREAMBLE: &str = "";

/// A regulation, white space removed.
#[derive(Debug)]
pub struct Regulation {
    articles: Vec<Article>,
}

#[derive(Debug)]
struct Article {
    /// `第八条`, `附件2`, or empty for what stands before the first.
    name: String,
    text: String,
}

/// Where a clause's text stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'a> {
    InArticle,
    /// Not in the article that was named, but in this one (empty: before the first).
    Elsewhere(&'a str),
    /// Nowhere. `agrees` is the longest beginning that does stand there; `instead` is what the
    /// regulation has after it (both white space removed).
    Nowhere {
        agrees: String,
        instead: String,
    },
}

impl Regulation {
    pub fn new(text: &str) -> Self {
        let mut articles = vec![Article { name: PREAMBLE.to_owned(), text: String::new() }];
        for line in text.lines() {
            if let Some(name) = heading(line) {
                articles.push(Article { name, text: String::new() });
            }
            if let Some(article) = articles.last_mut() {
                article.text.extend(line.chars().filter(|c| !c.is_whitespace()));
            }
        }
        Self { articles }
    }

    pub fn has_article(&self, name: &str) -> bool {
        name != PREAMBLE && self.articles.iter().any(|article| article.name == name)
    }

    /// Looks for `text` in the article `name` first, then everywhere.
    pub fn locate(&self, name: &str, text: &str) -> Place<'_> {
        let text = without_white_space(text);
        let holds = |article: &&Article| article.text.contains(&text);
        if self.articles.iter().filter(|article| article.name == name).any(|article| holds(&article)) {
            return Place::InArticle;
        }
        match self.articles.iter().find(holds) {
            Some(article) => Place::Elsewhere(&article.name),
            None => self.nearest(name, &text),
        }
    }

    /// The longest beginning of `text` that stands in the article `name`, or in any when there is
    /// no such article or nothing of `text` in it.
    fn nearest(&self, name: &str, text: &str) -> Place<'_> {
        /// Characters shown on either side of the first difference.
        const SHOWN: usize = 12;
        let agreement = |article: &'_ Article| longest_beginning(&article.text, text);
        let named = self.articles.iter().find(|article| article.name == name && agreement(article) > 0);
        let Some(article) = named.or_else(|| self.articles.iter().max_by_key(|article| agreement(article)))
        else {
            return Place::Nowhere { agrees: String::new(), instead: String::new() };
        };
        let beginning = &text[..agreement(article)];
        let after = article.text.split_once(beginning).filter(|_| !beginning.is_empty());
        let skipped = beginning.chars().count().saturating_sub(SHOWN);
        Place::Nowhere {
            agrees: beginning.chars().skip(skipped).collect(),
            instead: after.map_or("", |(_, after)| after).chars().take(SHOWN).collect(),
        }
    }
}

/// Length in bytes of the longest beginning of `text` that occurs in `whole`. What holds for a
/// beginning holds for every shorter one, so the length can be halved in on.
fn longest_beginning(whole: &str, text: &str) -> usize {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let longest = ends.partition_point(|&end| whole.contains(&text[..end]));
    longest.checked_sub(1).map_or(0, |last| ends[last])
}

pub fn without_white_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The article or annex that a citation such as `第十二条第（一）项` or `附件2第1项` stands in.
pub fn article_of(citation: &str) -> Option<&str> {
    let citation = citation.trim();
    article_number(citation).or_else(|| {
        let rest = citation.strip_prefix("附件")?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        (digits > 0).then(|| &citation[.."附件".len() + digits])
    })
}

/// `第八条` at the beginning of `text`.
fn article_number(text: &str) -> Option<&str> {
    let numeral = text.strip_prefix('第')?;
    let rest = numeral.trim_start_matches(|c| "一二三四五六七八九十百零〇".contains(c));
    let after = rest.strip_prefix('条')?;
    (rest.len() < numeral.len()).then(|| &text[..text.len() - after.len()])
}

/// The article's or annex's name, when this line opens one. A reference in running text that
/// happens to begin a line (`第十六条规定`) is not followed by white space.
fn heading(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(name) = article_number(line) {
        let after = &line[name.len()..];
        return (after.is_empty() || after.starts_with(char::is_whitespace)).then(|| name.to_owned());
    }
    article_of(line).filter(|name| *name == line).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "某局制度\n  第一条　为规范\n\n执法 记录，制定本制度。\n第二条 依照\n第十六条规定，保存 6 个\n月。\n\t附件2\n清单";

    #[test]
    fn articles_are_cut_at_headings_only() {
        let regulation = Regulation::new(TEXT);
        let names: Vec<_> = regulation.articles.iter().map(|article| article.name.as_str()).collect();
        assert_eq!(names, ["", "第一条", "第二条", "附件2"]);
    }

    #[test]
    fn white_space_is_ignored_and_nothing_else() {
        let regulation = Regulation::new(TEXT);
        assert_eq!(regulation.locate("第一条", "为规范执法记录，"), Place::InArticle);
        assert_eq!(regulation.locate("第二条", "保存6个 月。"), Place::InArticle);
        assert_eq!(
            regulation.locate("第一条", "为规范执法记录,制定"),
            Place::Nowhere {
                agrees: "为规范执法记录".into(), instead: "，制定本制度。".into()
            }
        );
    }

    #[test]
    fn text_of_another_article_is_told_apart() {
        let regulation = Regulation::new(TEXT);
        assert_eq!(regulation.locate("第二条", "制定本制度。"), Place::Elsewhere("第一条"));
        assert!(regulation.has_article("附件2") && !regulation.has_article("第三条"));
    }

    #[test]
    fn citations_name_their_article() {
        assert_eq!(article_of("第十二条第（一）项"), Some("第十二条"));
        assert_eq!(article_of("附件2第1项"), Some("附件2"));
        assert_eq!(article_of("第条"), None);
        assert_eq!(article_of("附件"), None);
        assert_eq!(article_of("Article 8"), None);
    }
}
