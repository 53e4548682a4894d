//! Known secrets, and output that is read in parts.

use super::super::{Edges, Secrets};

fn hidden(values: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    Secrets::new(values.iter().map(ToString::to_string)).hide(&mut bytes);
    bytes
}

#[test]
fn known_secrets_are_hidden_where_they_overlap() {
    for (values, text, shown) in [
        (
            &["hunter2", "unter"][..],
            "a hunter2 b hunter2hunter2 unter",
            "a ******* b ************** *****",
        ),
        (&["abcd", "cdef"], "xabcdefx", "x******x"),
        (
            &["abcdef", "cdef", "bcde"],
            "abcdef bcde cdef abcde",
            "****** **** **** a****",
        ),
        (&["aaaa"], "aaaaaaaaa b", "********* b"),
        (&["abc"], "abc", "abc"),
        (&["true", "Default"], "true Default", "true Default"),
    ] {
        assert_eq!(hidden(values, text.as_bytes()), shown.as_bytes(), "{text}");
    }
}

#[test]
fn each_line_of_a_secret_of_several_lines_is_hidden() {
    let key = "-----BEGIN X-----\nabcdefghij\n  klmnopqrst\nAb==\n-----END X-----";
    assert_eq!(
        hidden(&[key], b"got klmnopqrst\nabcdefghij.\n-----BEGIN X-----"),
        b"got **********\n**********.\n-----BEGIN X-----"
    );
    let shown = hidden(&[key], key.as_bytes());
    assert!(shown.iter().all(|byte| b"*\n".contains(byte)), "{shown:?}");
}

#[test]
fn sequences_of_a_terminal_hide_no_secret() {
    for between in [
        "\x1b(B",
        "\x1b[0C",
        "\x1b[?25h",
        "\x1b[K",
        "\x1b]0;title\x07",
        "\x1b]8;;x\x1b\\",
        "\x1b7",
    ] {
        let text = format!("a hun{between}ter22 b");
        let shown = hidden(&["hunter22"], text.as_bytes());
        assert!(!shown.windows(3).any(|part| part == b"ter"), "{between:?}");
        let text = format!("password: {between}hunter22-and-more");
        let shown = hidden(&[], text.as_bytes());
        assert!(
            !shown.windows(6).any(|part| part == b"hunter"),
            "{between:?}"
        );
    }
}

#[test]
fn secret_with_colour_in_it_is_hidden() {
    assert_eq!(
        hidden(&["hunter22"], b"a hun\x1b[1mter22\x1b[0m b"),
        b"a ************\x1b[0m b"
    );
}

#[test]
fn many_secrets_take_one_pass() {
    let values: Vec<String> = (0..40_000).map(|index| format!("abcd{index:05}")).collect();
    let secrets = Secrets::new(values);
    let mut bytes = "abcabcabc abcd01234 ".repeat(800).into_bytes();
    let began = std::time::Instant::now();
    for _ in 0..20 {
        secrets.hide(&mut bytes);
    }
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert!(bytes.starts_with(b"abcabcabc ********* abc"));
}

#[test]
fn part_with_lost_edges_hides_what_may_belong_to_a_secret() {
    let secrets = Secrets::new(["hunter22".to_string()]);
    let lost = |is_begin_lost, is_end_lost, text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        secrets.hide_part(
            &mut bytes,
            Edges {
                is_begin_lost,
                is_end_lost,
            },
        );
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(
        lost(true, false, "ter22 x\nnext hunt"),
        "*******\nnext hunt"
    );
    assert_eq!(
        lost(false, true, "ter22 x\nnext hunt"),
        "ter22 x\nnext ****"
    );
    assert_eq!(
        lost(true, false, &"a".repeat(5000)),
        format!("{}{}", "*".repeat(4096), "a".repeat(904))
    );
}

#[test]
fn held_back_holds_what_may_become_a_secret() {
    let secrets = Secrets::new(["hunter2".to_string(), "unter".to_string()]);
    for (end, held) in [
        ("x hunt", 4),
        ("x", 0),
        ("hunter2", 0),
        ("h", 1),
        ("xu", 1),
        ("", 0),
        ("a\nthe tok", 7),
        ("a\nthe end", 0),
        ("a\nthe token", 9),
        ("the token=ab", 12),
        ("token\n", 0),
        ("x eyJhbG", 8),
        ("x cur", 0),
    ] {
        assert_eq!(secrets.held_back(end.as_bytes()), held, "{end}");
    }
    let long = format!("token {} password=ab", "x".repeat(9000));
    assert_eq!(secrets.held_back(long.as_bytes()), "password=ab".len());
}

#[test]
fn work_is_linear_for_hostile_output() {
    for unit in [
        "curl '",
        "token:[",
        "a://b:",
        "\"token\":{\"",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "--key \"",
        "Cookie: a; ",
        "\u{1b}[m",
    ] {
        let mut bytes = unit.repeat(64 * 1024 / unit.len()).into_bytes();
        let began = std::time::Instant::now();
        Secrets::default().hide(&mut bytes);
        assert!(
            began.elapsed().as_secs() < 20,
            "{unit}: {:?}",
            began.elapsed()
        );
        println!("{unit:?} {:?}", began.elapsed());
    }
}
