//! What to do about a mail server's refusal, by the code in its words.

/// What to do where a mail server does not let us in.
const NOT_LET_IN: &str =
    "the server does not know us: check `user` and the password under [mail] in the settings";

/// What to do, by the enhanced status code (RFC 3463) or else the reply code (RFC 5321, section 4.2) in a server's words.
pub fn advice(words: &str) -> &'static str {
    let Some((class, subject, detail)) = enhanced(words) else {
        return by_reply(words);
    };
    match (class, subject, detail) {
        (_, 1, 2) | (_, 4, 4) => {
            "the address's domain takes no mail: correct the address at its component, or on the user's page where no component supplies it, then deploy again"
        }
        (_, 1, 7 | 8) => {
            "the server refuses the sender: correct `from` under [mail] in the settings"
        }
        (_, 1, _) => {
            "correct the address at its component, or on the user's page where no component supplies it, then deploy this person again"
        }
        (_, 2, 2) => "the mailbox is full: ask its owner, then deploy this person again",
        (_, 2, _) => "the mailbox takes nothing: ask its owner, then deploy this person again",
        (_, 3, 4) => {
            "the server takes no mail of this size: shorten the template or ask whoever runs the server"
        }
        (_, 7, 8 | 9 | 11 | 12 | 13) => NOT_LET_IN,
        (_, 7, _) => {
            "the server's rules refuse it: ask whoever runs it to let this sender through (relay rights, SPF, DKIM)"
        }
        (4, ..) => "the server is asked again by itself; see to it if that goes on",
        _ => by_reply(words),
    }
}

/// The first code of three numbers: `5.1.1`.
fn enhanced(words: &str) -> Option<(u8, u16, u16)> {
    let apart = |c: char| !c.is_ascii_digit() && c != '.';
    words.split(apart).find_map(|word| {
        let mut numbers = word.split('.');
        let class = numbers.next()?.parse().ok()?;
        let (subject, detail) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let whole = numbers.next().is_none() && matches!(class, 2 | 4 | 5);
        whole.then_some((class, subject, detail))
    })
}

fn by_reply(words: &str) -> &'static str {
    let numbers = words.split(|c: char| !c.is_ascii_digit());
    let mut codes = numbers.filter(|word| word.len() == 3 && word.starts_with(['4', '5']));
    match codes.next() {
        Some("530" | "534" | "535" | "538") => NOT_LET_IN,
        Some("550" | "551" | "553") => {
            "check the address at its component, or on the user's page where no component supplies it; then deploy this person again"
        }
        Some("552") => {
            "the mailbox is full or the mail too large: ask its owner, then deploy this person again"
        }
        Some(code) if code.starts_with('5') => {
            "ask whoever runs the mail server, then deploy this person again"
        }
        Some(_) => "the server is asked again by itself; see to it if that goes on",
        None if words.contains("certificate") => {
            "name the authority of the server's certificate with `ca_file` under [mail] in the settings, or correct `host` to the name that it is for"
        }
        None if words.contains("authentication mechanism") => {
            "the server takes no password like this: set `tls` under [mail] in the settings to what it wants, or leave `user` out"
        }
        None => "see that the mail server under [mail] in the settings runs and can be reached",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_the_servers_words_says_what_to_do() {
        for (words, said) in [
            (
                "permanent error (550): 5.1.1 <a@b.example>: unknown",
                "correct the address",
            ),
            ("smtp; 550 5.2.2 over quota", "mailbox is full"),
            (
                "permanent error (554): 5.7.1 relay access denied",
                "rules refuse",
            ),
            (
                "permanent error (535): 5.7.8 no such user",
                "does not know us",
            ),
            ("transient error (451): 4.7.1 greylisted", "rules refuse"),
            ("transient error (421): too busy", "asked again by itself"),
            ("550 no such user here", "check the address"),
            (
                "Connection error: connection refused",
                "runs and can be reached",
            ),
            (
                "network error: invalid peer certificate: UnknownIssuer",
                "`ca_file`",
            ),
            ("host 10.5.1.1.2 said no", "runs and can be reached"),
        ] {
            assert!(advice(words).contains(said), "{words}: {}", advice(words));
        }
    }
}
