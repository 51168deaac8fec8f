use super::*;

fn seconds(year: i16, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> f64 {
    let zone = jiff::tz::TimeZone::UTC;
    let time = civil::datetime(year, month, day, hour, minute, second, 0).to_zoned(zone).unwrap();
    time.timestamp().as_second() as f64
}

fn one(text: &str) -> Shown {
    let ways = parse(text);
    assert_eq!(ways.len(), 1, "{text}: {ways:?}");
    ways[0]
}

#[test]
fn formats_that_cameras_write() {
    let moment = seconds(2025, 3, 14, 9, 30, 11);
    for (text, pattern) in [
        ("2025-03-14 09:30:11", "%Y-%m-%d %H:%M:%S"),
        ("2025/03/14 09:30:11", "%Y/%m/%d %H:%M:%S"),
        ("2025.03.14 09:30:11", "%Y.%m.%d %H:%M:%S"),
        ("2025年03月14日 09:30:11", "%Y年%m月%d日 %H:%M:%S"),
        ("2025年3月14日9:30:11", "%Y年%m月%d日 %H:%M:%S"),
        ("2025年03月14日 09时30分11秒", "%Y年%m月%d日 %H时%M分%S秒"),
        ("2025-03-14 星期五 09:30:11", "%Y-%m-%d %A %H:%M:%S"),
        ("2025-03-14 周五 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
        ("2025-03-14 Fri 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
        ("2025-03-14 09:30:11 星期五", "%Y-%m-%d %H:%M:%S %A"),
        ("14/03/2025 09:30:11", "%d/%m/%Y %H:%M:%S"),
        ("03-14-2025 09:30:11", "%m-%d-%Y %H:%M:%S"),
        ("2025-03-14 09:30:11 AM", "%Y-%m-%d %I:%M:%S %p"),
        ("2025-03-14 上午 09:30:11", "%Y-%m-%d %p%I:%M:%S"),
        ("2025-03-14T09:30:11", "%Y-%m-%d %H:%M:%S"),
        ("09:30:11 2025/03/14", "%H:%M:%S %Y/%m/%d"),
        ("14-03-2025 09:30:11", "%d-%m-%Y %H:%M:%S"),
        ("14.03.2025 09:30:11", "%d.%m.%Y %H:%M:%S"),
        ("03/14/2025 09:30:11", "%m/%d/%Y %H:%M:%S"),
        ("2025-03-14 Friday 09:30:11", "%Y-%m-%d %A %H:%M:%S"),
        ("2025年03月14日 星期五 09:30:11", "%Y年%m月%d日 %A %H:%M:%S"),
        ("2025/03/14 09:30:11 AM", "%Y/%m/%d %I:%M:%S %p"),
        ("2025-03-14 09:30:11上午", "%Y-%m-%d %I:%M:%S %p"),
        ("14/03/2025 上午9:30:11", "%d/%m/%Y %p%I:%M:%S"),
    ] {
        let shown = one(text);
        assert_eq!((shown.shown_s, shown.layout.pattern().as_str()), (moment, pattern), "{text}");
        assert_eq!(shown.faults, 0, "{text}");
    }
}

#[test]
fn a_pattern_names_its_kind() {
    for (pattern, text) in [
        ("%Y-%m-%d %H:%M:%S", "2025-03-14 09:30:11"),
        ("%d/%m/%Y %H:%M:%S", "14/03/2025 09:30:11"),
        ("%Y年%m月%d日 %H时%M分%S秒", "2025年03月14日 09时30分11秒"),
        ("%Y-%m-%d %A %I:%M:%S %p", "2025-03-14 Friday 09:30:11 AM"),
        ("%H:%M:%S", "09:30:11"),
        ("%Y-%m-%d %H:%M:%S.%2f", "2025-03-14 09:30:11.25"),
    ] {
        assert_eq!(Layout::kind_of(pattern), Some(one(text).layout.kind()), "{pattern}");
    }
    for pattern in ["", "%Y-%m-%d", "clock", "%", "no. 7 %H:%M:%S"] {
        assert_eq!(Layout::kind_of(pattern), None, "{pattern}");
    }
}

#[test]
fn a_zero_with_a_dot_in_it_is_one_character() {
    assert_eq!(one("05/13/2019-0.7:43:50").shown_s, seconds(2019, 5, 13, 7, 43, 50));
    assert_eq!(one("2019.0.5.13 17:0.4:50").shown_s, seconds(2019, 5, 13, 17, 4, 50));
}

#[test]
fn afternoon_noon_and_midnight() {
    assert_eq!(one("2025-03-14 下午 03:05:09").shown_s, seconds(2025, 3, 14, 15, 5, 9));
    assert_eq!(one("2025-03-14 12:05:09 AM").shown_s, seconds(2025, 3, 14, 0, 5, 9));
    assert_eq!(one("2025-03-14 12:05:09PM").shown_s, seconds(2025, 3, 14, 12, 5, 9));
    assert_eq!(parse("2025-03-14 13:05:09 PM"), []);
    assert_eq!(one("2025-03-14 11:05:09P").shown_s, seconds(2025, 3, 14, 23, 5, 9));
    assert_eq!(one("2025-03-14 11:05:09 A").shown_s, seconds(2025, 3, 14, 11, 5, 9));
    // A device's number read as one word with it; the clock of a whole day has none.
    assert_eq!(one("2022-01-31 03:16:54 PMJ1_010203").shown_s, seconds(2022, 1, 31, 15, 16, 54));
    assert_eq!(one("2022-01-31 13:16:54 PMJ1_010203").shown_s, seconds(2022, 1, 31, 13, 16, 54));
    for device in ["A8", "P-07", "PX"] {
        let shown = one(&format!("2025-03-14 11:05:09 {device}"));
        assert_eq!(
            (shown.shown_s, shown.layout.half_day),
            (seconds(2025, 3, 14, 11, 5, 9), None),
            "{device}"
        );
    }
    for (text, hour) in
        [("05:48:34 PH", 17), ("05:48:34FM", 17), ("12:48:34 AH", 0), ("15:48:34 PH", 15), ("05:48:34 CH", 5)]
    {
        let shown = one(&format!("2023-04-21 {text}"));
        assert_eq!(shown.shown_s, seconds(2023, 4, 21, hour, 48, 34), "{text}");
        assert_eq!(shown.layout.half_day.is_some(), matches!(hour, 17 | 0), "{text}");
    }
}

#[test]
fn spaces_between_widely_set_characters_change_nothing() {
    let moment = seconds(2025, 8, 12, 14, 23, 56);
    for text in ["2025年08月12 日 14:23:56", "2025 年08 月12 日14:23:56", "2025年08.月12 日14:23:56"]
    {
        assert_eq!((one(text).shown_s, one(text).layout.separator), (moment, '年'), "{text}");
    }
    for (text, pattern) in [
        ("2025-08-12 下 午02:23:56", "%Y-%m-%d %p%I:%M:%S"),
        ("2025-08-12 星 期 二 14:23:56", "%Y-%m-%d %A %H:%M:%S"),
        ("2025-08-12 周 二 14:23:56", "%Y-%m-%d %a %H:%M:%S"),
    ] {
        assert_eq!((one(text).shown_s, one(text).layout.pattern().as_str()), (moment, pattern), "{text}");
    }
}

#[test]
fn a_weekday_need_not_be_readable() {
    let moment = seconds(2024, 5, 5, 4, 47, 58);
    for (text, pattern) in [
        ("2024-05-05 周8 04:47:58", "%Y-%m-%d %a %H:%M:%S"),
        ("2024-05-05 周804:47:58", "%Y-%m-%d %a %H:%M:%S"),
        ("2024-05-05 星期8 04:47:58", "%Y-%m-%d %A %H:%M:%S"),
        ("2024-05-05 星期04:47:58", "%Y-%m-%d %A %H:%M:%S"),
        ("2024-05-05 04:47:58 星期", "%Y-%m-%d %H:%M:%S %A"),
    ] {
        assert_eq!((one(text).shown_s, one(text).layout.pattern().as_str()), (moment, pattern), "{text}");
    }
    assert_eq!(with_weekday("2024-05-05 周8 04:47:58"), "2024-05-05 周日 04:47:58");
    assert_eq!(with_weekday("2024-05-05 星期五04:47:58"), "2024-05-05 星期五04:47:58");
}

#[test]
fn a_device_number_that_runs_into_the_date_is_none_of_it() {
    let moment = seconds(2021, 6, 30, 12, 45, 16);
    for text in [
        "J1_0102032021年06月30日12:45:16",
        "J1_0102032021-06-30 12:45:16",
        "NO:0001212021/06/30 12:45:16",
        "J1_01020330/06/2021 12:45:16",
        "072021-06-3012:45:16",
        "NO:12021.06.30 12:45:16",
    ] {
        let shown = one(text);
        assert_eq!(shown.shown_s, moment, "{text}: {shown:?}");
    }
    let shown = one("12:45:162021/06/30");
    assert_eq!((shown.shown_s, shown.begin), (moment, 0), "seconds that run into the date are the time's");
}

#[test]
fn a_recognisers_habits_are_forgiven() {
    let moment = seconds(2025, 3, 14, 9, 30, 11);
    for text in [
        "2025-03-1409:30:11",
        "2025-03-14 09.30:11",
        "2O25-03-14 O9:30:l1",
        "2025-03-14 09:3011",
        "2025－03－14　09：30：11",
        "202503-14 09:30:11",
        "2025=03=14 09:30:11",
        "2025-03-14 09:30811",
        "2025-03-14 09830:11",
    ] {
        assert_eq!(one(text).shown_s, moment, "{text}");
    }
}

#[test]
fn a_weekday_that_cannot_be_read_is_passed_over() {
    let moment = seconds(2025, 3, 10, 9, 30, 11);
    for (text, pattern) in [
        ("2025-03-10 星期— 09:30:11", "%Y-%m-%d %A %H:%M:%S"),
        ("2025-03-10 周王 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
        ("2025-03-10 Hon 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
    ] {
        assert_eq!((one(text).shown_s, one(text).layout.pattern().as_str()), (moment, pattern), "{text}");
    }
    assert_eq!(one("2025-03-10 执法记录仪甲 09:30:11").layout.date, None);
}

#[test]
fn text_beside_the_clock_stays_outside() {
    let shown = one("J1_010203 2025-03-14 09:12:40 #7");
    assert_eq!((shown.begin, shown.end), (10, 29));
    assert_eq!(shown.shown_s, seconds(2025, 3, 14, 9, 12, 40));
    for line in [
        "警号016021 2025-03-14 09:12:40",
        "2025-03-14 09:12:40 江源区文广旅局",
        "N34.12345 E113.23456 2025-03-14 09:12:40",
        "2025-03-14 09:12:40 DSJ-A8 电量87%",
    ] {
        let shown = one(line);
        let time: String = line.chars().skip(shown.begin).take(shown.end - shown.begin).collect();
        assert_eq!(time, "2025-03-14 09:12:40", "{line}");
    }
    let unit = one("执法01 2025-03-14 09:12:40 速度35");
    assert_eq!(unit.shown_s, seconds(2025, 3, 14, 9, 12, 40));
}

#[test]
fn hundredths_and_frame_numbers() {
    let shown = one("2025-03-14 09:30:11.25");
    assert_eq!(shown.shown_s, seconds(2025, 3, 14, 9, 30, 11) + 0.25);
    assert_eq!((shown.layout.resolution_s(), shown.layout.pattern()), (0.01, "%Y-%m-%d %H:%M:%S.%2f".into()));
    assert_eq!(one("2025-03-14 09:30:11:24").layout.fraction_digits, 0);
}

#[test]
fn readings_are_written_as_the_clock_writes_them() {
    let written = |text: &str| one(text).layout.written(one(text).shown_s);
    assert_eq!(written("2025-03-1409:30:11").as_deref(), Some("2025-03-14 09:30:11"));
    assert_eq!(written("2025年03月14日09:30:11.25").as_deref(), Some("2025年03月14日 09:30:11.25"));
    assert_eq!(written("2025-03-14 周五 09:30:11"), None);
}

#[test]
fn the_digits_of_a_date_are_known_by_their_number() {
    let digits = |text: &str| one(text).layout.date_digits();
    assert_eq!(digits("2025-03-14 09:30:11"), 0..8);
    assert_eq!(digits("09:30:11 2025/03/14"), 6..14);
    assert_eq!(digits("09:30:11"), 0..0);
}

#[test]
fn day_and_month_may_be_ambiguous() {
    let ways = parse("03/04/2025 09:30:11");
    let orders: Vec<_> = ways.iter().map(|way| way.layout.date).collect();
    assert_eq!(orders, [Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)]);
}

#[test]
fn a_time_without_date_counts_from_midnight() {
    assert_eq!(one("09:30:11").shown_s, 34_211.0);
    assert_eq!(one("09:30:11").layout.pattern(), "%H:%M:%S");
}

#[test]
fn other_text_is_no_time() {
    for text in [
        "",
        "J1_010203",
        "16010012",
        "电话 0375-2862000",
        "8:00-18:00",
        "192.168.10.12",
        "N34.12345 E113.23456",
        "25:61:00",
        "2025-03-14",
        "0375-28620001",
        "NO:000121 2024-11-28",
    ] {
        assert_eq!(parse(text), [], "{text}");
    }
}

#[test]
fn an_impossible_date_is_not_read_as_one() {
    for text in ["2025-13-14 09:30:11", "2025-02-30 09:30:11"] {
        assert!(parse(text).iter().all(|shown| shown.layout.date.is_none()), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9OIl:./年月日时分秒AMPM上下午星期五 -]{0,40}") {
        for shown in parse(&text) {
            proptest::prop_assert!(shown.begin < shown.end && shown.end <= text.chars().count());
        }
    }
}
