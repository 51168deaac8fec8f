//! What a thing is, by the words on it, with a recogniser's errors allowed for.

use crate::evidence::{ReadLine, ThingKind};

/// What an officer's authority is called on credentials, old and new, of provinces and ministries: 行政执法证,
/// 综合行政执法证, 劳动保障监察证, 卫生监督证, 税务检查证 …
const AUTHORITIES: [&str; 7] = ["执法", "监察", "监督", "检查", "稽查", "警察", "执勤"];
/// Between the authority and 证 stand at most this many characters: 行政执法资格证, 执法人员证.
const MAX_BETWEEN: usize = 3;
/// What follows 证 in talk of credentials: 执法证件, 执法证号.
const NO_TITLE_BEFORE: [char; 6] = ['件', '号', '明', '书', '据', '编'];
/// What 证 is misread for, and nothing that stands behind an authority: 行政执法征. 社, 局 and 队 do stand there.
const LIKE_TITLE_END: [char; 6] = ['征', '让', '怔', '症', '汪', '迁'];
/// A title is a short line; a longer one is a sentence.
const MAX_TITLE_CHARACTERS: usize = 18;
/// All that stands on the cover of some folders.
const COVERS: [&str; 2] = ["行政执法", "中国行政执法"];

/// Labels at the head of a credential's lines.
const NAME: [&str; 1] = ["姓名"];
const NUMBER: [&str; 4] = ["执法证号", "证号", "证件编号", "证件号"];
const UNIT: &str = "单位";
/// What enforcement offices are called.
const OFFICES: [&str; 7] = ["局", "委员会", "厅", "大队", "支队", "总队", "政府"];
const LABELS: [&str; 9] =
    ["单位", "工作单位", "职务", "发证机关", "执法区域", "执法类别", "执法种类", "执法范围", "有效期"];

/// Words that no credential bears, by what bears them.
const OTHERS: [(ThingKind, &[&str]); 6] = [
    (
        ThingKind::IdentityCard,
        &["居民身份证", "公民身份号码", "公民身份", "签发机关", "性别", "民族", "出生", "住址"],
    ),
    (ThingKind::DrivingLicence, &["驾驶证", "准驾车型", "领证日期", "行驶证", "机动车"]),
    (
        ThingKind::Licence,
        &[
            "营业执照",
            "许可证",
            "信用代码",
            "法定代表",
            "经营范围",
            "登记机关",
            "经营场所",
            "注册资本",
            "经营者",
            "经营项目",
            "主体业态",
            "成立日期",
        ],
    ),
    (
        ThingKind::Document,
        &[
            "笔录",
            "通知书",
            "决定书",
            "告知书",
            "送达回证",
            "责令",
            "处罚",
            "清单",
            "被检查",
            "检查时间",
            "检查地点",
            "执法人员",
            "执法证件",
            "当事人",
            "签名",
        ],
    ),
    (ThingKind::Badge, &["工作证", "工作牌", "出入证", "通行证", "工号", "部门", "参会证", "嘉宾证"]),
    (
        ThingKind::OtherCard,
        &[
            "银行",
            "借记卡",
            "信用卡",
            "银联",
            "unionpay",
            "健康证",
            "体检",
            "记者证",
            "学生证",
            "会员",
            "导游证",
            "医保",
            "社保卡",
            "老年证",
            "残疾人证",
            "结婚证",
            "护照",
            "资格证书",
        ],
    ),
];
/// Words of an identity card that other things bear as well: two of them are needed.
const COMMON: [&str; 7] = ["性别", "民族", "出生", "住址", "部门", "签名", "经营者"];

/// A title alone, and labels alone.
const TITLE_CONFIDENCE: f32 = 0.9;
const LABELS_CONFIDENCE: f32 = 0.75;
/// Every further word makes it surer.
const WORD_CONFIDENCE: f32 = 0.03;
/// A title beside a word of something else.
const DOUBTFUL_CONFIDENCE: f32 = 0.45;
const OTHER_CONFIDENCE: f32 = 0.8;

/// Lines that were read with less confidence than this say nothing.
const MIN_LINE_CONFIDENCE: f32 = 0.5;

/// What the lines make of a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub kind: ThingKind,
    pub confidence: f32,
    pub words: Vec<String>,
    pub name: Option<String>,
    pub number: Option<String>,
}

/// Tells a thing by its lines.
pub fn tell(lines: &[ReadLine]) -> Told {
    let clear = lines.iter().filter(|line| line.confidence >= MIN_LINE_CONFIDENCE);
    let texts: Vec<String> = clear.map(|line| plain(&line.text)).filter(|text| !text.is_empty()).collect();
    let title = texts.iter().find_map(|text| title(text));
    let name = texts.iter().find_map(|text| after(text, &NAME)).filter(|name| is_name(name));
    let named = texts.iter().any(|text| after(text, &NAME).is_some() || is_like_label(text, NAME[0]));
    let misread = |text: &String| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        (digits >= MIN_DIGITS && is_like_label(text, NUMBER[1])).then(|| text.chars().skip(2).collect())
    };
    let number = texts.iter().find_map(|text| after(text, &NUMBER).or_else(|| misread(text)));
    // Eighteen digits are those of a citizen, on a driving licence as well.
    let number =
        number.filter(|number: &String| number.chars().filter(char::is_ascii_digit).count() <= MAX_DIGITS);
    let labels: Vec<String> = LABELS
        .iter()
        .filter(|label| {
            let unit = **label == UNIT;
            texts.iter().any(|text| text.starts_with(**label) || (unit && is_like_label(text, UNIT)))
        })
        .map(|label| (*label).to_owned())
        .collect();
    let (other, other_words) = other(&texts);
    let mut words: Vec<String> = title.iter().cloned().collect();
    words.extend(named.then(|| NAME[0].to_owned()));
    words.extend(number.as_ref().map(|_| NUMBER[1].to_owned()));
    words.extend(labels.iter().cloned());
    let digits = number.map(|number| number.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    let digits = digits.filter(|digits| digits.chars().filter(char::is_ascii_digit).count() >= MIN_DIGITS);
    let credential = |confidence: f32| Told {
        kind: ThingKind::Credential,
        confidence: (confidence + WORD_CONFIDENCE * words.len().saturating_sub(1) as f32).min(0.99),
        words: words.clone(),
        name: name.clone(),
        number: digits.clone(),
    };
    let has_unit = labels.iter().any(|label| label == UNIT);
    let numbered = words.iter().any(|word| word == NUMBER[1]);
    // The number may be behind a finger; then it must be an authority's card.
    let authority = texts
        .iter()
        .any(|text| text.chars().count() > 4 && OFFICES.iter().any(|office| text.ends_with(office)));
    // Or glare is on the labels.
    let bare_number = texts.iter().any(|text| {
        (BARE_DIGITS..=MAX_DIGITS).contains(&text.len()) && text.chars().all(|symbol| symbol.is_ascii_digit())
    });
    let is_front = (numbered && (named || has_unit)) || (named && authority && (has_unit || bare_number));
    match (title.is_some(), other) {
        (true, None) => credential(TITLE_CONFIDENCE),
        // A record of an inspection may name credentials; a credential names no record.
        (true, Some(kind)) if other_words.len() == 1 && kind != ThingKind::Document => {
            credential(DOUBTFUL_CONFIDENCE)
        }
        (false, None) if is_front => credential(LABELS_CONFIDENCE),
        (_, Some(kind)) => {
            Told { kind, confidence: OTHER_CONFIDENCE, words: other_words, name: None, number: None }
        }
        (false, None) => Told { kind: ThingKind::Unknown, confidence: 0.0, words, name: None, number: None },
    }
}

/// Numbers of credentials have so many digits.
const MIN_DIGITS: usize = 5;
const MAX_DIGITS: usize = 15;
/// A number without its label has so many: shorter ones are years, house numbers and telephones.
const BARE_DIGITS: usize = 8;

/// Without blanks and marks, small letters.
fn plain(text: &str) -> String {
    text.chars().filter(|symbol| symbol.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The title of a credential in a line.
fn title(text: &str) -> Option<String> {
    let symbols: Vec<char> = text.chars().collect();
    if symbols.len() > MAX_TITLE_CHARACTERS {
        return None;
    }
    if COVERS.contains(&text) {
        return Some(text.to_owned());
    }
    let ends = symbols.iter().enumerate().filter(|&(n, &symbol)| {
        let is_last = n + 1 == symbols.len();
        (symbol == '证' && symbols.get(n + 1).is_none_or(|next| !NO_TITLE_BEFORE.contains(next)))
            || (is_last && LIKE_TITLE_END.contains(&symbol))
    });
    for (end, _) in ends {
        let from = end.saturating_sub(2 + MAX_BETWEEN);
        let before: String = symbols[from..end].iter().collect();
        if AUTHORITIES.iter().any(|authority| before.contains(authority)) && !before.contains("许可") {
            return Some(symbols[..=end].iter().collect());
        }
        // One character misread: 行政执法 keeps three of four.
        let four: Vec<char> = symbols[end.saturating_sub(4)..end].to_vec();
        let kept = four.iter().zip("行政执法".chars()).filter(|&(&read, meant)| read == meant).count();
        if four.len() == 4 && kept >= 3 {
            return Some(symbols[..=end].iter().collect());
        }
    }
    None
}

/// What follows one of the labels at the head of a line.
fn after(text: &str, labels: &[&str]) -> Option<String> {
    labels.iter().find_map(|label| text.strip_prefix(label)).map(str::to_owned)
}

/// Whether a line is a label alone, whose value stands beside it; one of two characters may be misread.
pub fn is_label(text: &str) -> bool {
    let text = plain(text);
    [&NAME[..], &NUMBER, &LABELS].iter().any(|labels| labels.contains(&text.as_str()))
        || (text.chars().count() == 2
            && [NAME[0], NUMBER[1], UNIT].iter().any(|label| half_right(&text, label)))
}

/// Whether a line begins with a label of two characters of which one is misread.
fn is_like_label(text: &str, label: &str) -> bool {
    half_right(text, label) && text.chars().count() > 3
}

/// Whether of the first two characters one is that of the label.
fn half_right(text: &str, label: &str) -> bool {
    let mut heads = text.chars().zip(label.chars()).map(|(read, meant)| read == meant);
    heads.next().zip(heads.next()).is_some_and(|(first, second)| first != second)
}

/// Two to four Chinese characters.
fn is_name(text: &str) -> bool {
    (2..=4).contains(&text.chars().count()) && text.chars().all(|symbol| ('一'..='鿿').contains(&symbol))
}

/// What else the lines speak of, by the most of its words.
fn other(texts: &[String]) -> (Option<ThingKind>, Vec<String>) {
    let found = |words: &[&str]| -> Vec<String> {
        words
            .iter()
            .filter(|word| texts.iter().any(|text| holds(text, word)))
            .map(|w| (*w).to_owned())
            .collect()
    };
    let mut best: (Option<ThingKind>, Vec<String>) = (None, Vec::new());
    for (kind, words) in OTHERS {
        let words = found(words);
        let own = words.iter().filter(|word| !COMMON.contains(&word.as_str())).count();
        if (own > 0 || words.len() > 1) && words.len() > best.1.len() {
            best = (Some(kind), words);
        }
    }
    best
}

/// From this length on one character of a word may be misread; 执法证件 is one character from 执法证号.
const LONG_WORD: usize = 5;

/// Whether a text holds a word.
fn holds(text: &str, word: &str) -> bool {
    if text.contains(word) {
        return true;
    }
    let word: Vec<char> = word.chars().collect();
    let text: Vec<char> = text.chars().collect();
    word.len() >= LONG_WORD
        && text
            .windows(word.len())
            .any(|part| part.iter().zip(&word).filter(|(read, meant)| read != meant).count() <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Told {
        let line = |text: &&str| ReadLine { text: (*text).to_owned(), confidence: 0.9 };
        tell(&lines.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn credentials_old_and_new_are_told() {
        for lines in [
            &["中华人民共和国", "行政执法证"][..],
            &["河南省行政执法证", "姓名：张伟", "执法证号：16010012"],
            &["劳动保障监察证"],
            &["中国卫生监督证"],
            &["文化市场综合行政执法证"],
            &["行政执汰证"],
            &["吉林省行政执法征"],
            &["行政执法"],
            &["姓名 王雪", "单位 柳河县教育体育局"],
            &["姓名 王雪", "正号 16010012345"],
            &["姓名王雪", "登封市城市管理局", "5113540695"],
            &["姓名 王雪", "单位 柳河县教育体育局", "证号 16010012"],
        ] {
            let told = told(lines);
            assert_eq!(told.kind, ThingKind::Credential, "{lines:?} {told:?}");
            assert!(told.confidence >= LABELS_CONFIDENCE, "{lines:?}");
        }
        let front = told(&["姓名 王雪", "单位 柳河县教育体育局", "证号 16010012"]);
        assert_eq!((front.name.as_deref(), front.number.as_deref()), (Some("王雪"), Some("16010012")));
    }

    #[test]
    fn what_is_no_credential_is_told_for_what_it_is() {
        for (kind, lines) in [
            (
                ThingKind::IdentityCard,
                &["姓名 张伟", "性别 男 民族 汉", "公民身份号码 410411198507121234"][..],
            ),
            (ThingKind::IdentityCard, &["中华人民共和国", "居民身份证", "签发机关 登封市公安局"]),
            (
                ThingKind::DrivingLicence,
                &["中华人民共和国机动车驾驶证", "证号 410411198507121234", "姓名 张伟"],
            ),
            (ThingKind::Licence, &["食品经营许可证", "经营者名称：盛世百货"]),
            (ThingKind::Licence, &["营业执照", "统一社会信用代码 91410"]),
            (ThingKind::Document, &["现场检查笔录", "执法人员：张伟", "执法证号：16010012"]),
            (
                ThingKind::Document,
                &["我们是行政执法人员，这是我们的执法证件，", "执法证号：16010012、16010013"],
            ),
            (ThingKind::Badge, &["工作证", "姓名：李静", "工号：10023"]),
            (ThingKind::OtherCard, &["健康证明", "姓名：李静", "编号：100"]),
            (ThingKind::Unknown, &["马上就到，在门口", "他们看了证件没有"]),
            (ThingKind::Unknown, &["安全出口"]),
            (ThingKind::Unknown, &["综合行政执法局"]),
            (ThingKind::Unknown, &["执法不出让公平"]),
            (ThingKind::Unknown, &["姓名 王雪", "证号 410411198507121234"]),
            (ThingKind::Unknown, &["姓名 王雪", "学校 第二中学"]),
        ] {
            assert_eq!(told(lines).kind, kind, "{lines:?} {:?}", told(lines));
        }
    }

    #[test]
    fn a_number_is_not_taken_for_the_word_beside_it() {
        let told = told(&["劳动保障监察证", "姓名：张伟", "执法证号：16010012", "发证机关：河南省人民政府"]);
        assert_eq!(
            (told.kind, told.number.as_deref()),
            (ThingKind::Credential, Some("16010012")),
            "{told:?}"
        );
        assert!(is_label("证号：") && !is_label("证号16010012"));
        assert!(is_label("正号") && !is_label("手机"));
    }

    #[test]
    fn what_was_hardly_read_says_nothing() {
        let line = ReadLine { text: "行政执法证".to_owned(), confidence: 0.3 };
        assert_eq!(tell(&[line]).kind, ThingKind::Unknown);
    }
}
