//! The last lines of a log that somebody kept.

/// How many lines are taken.
const LINES: usize = 2_000;
/// The longest line that is taken whole, in characters.
const WIDTH: usize = 2_000;

/// The last lines, without what a terminal would act on.
pub(super) fn tail(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let left_out = lines.len().saturating_sub(LINES);
    let mut tail = if left_out > 0 { format!("({left_out} lines before this are left out)\n") } else { String::new() };
    for line in lines.iter().skip(left_out) {
        tail.extend(line.chars().filter(|letter| !letter.is_control() || *letter == '\t').take(WIDTH));
        tail.push('\n');
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_taken() {
        let text: Vec<String> = (0..LINES + 5).map(|line| line.to_string()).collect();
        let tail = tail(text.join("\r\n").as_bytes());
        assert!(tail.starts_with("(5 lines before this are left out)\n5\n6\n"), "{}", &tail[..60]);
        assert!(tail.ends_with(&format!("\n{}\n", LINES + 4)));
        assert_eq!(super::tail(b"a\x1b[31mb\xff"), "a[31mb\u{fffd}\n");
        assert_eq!(super::tail(b""), "");
    }
}
