//! An independent reading of a baresip accounts file, the way baresip itself reads it.

use zeroize::Zeroizing;

/// One account as baresip understands its line.
#[derive(PartialEq, Eq)]
pub(crate) struct Line {
    /// The shown name as it stands between its quotes, escapes and all.
    pub(crate) name: String,
    /// The address between the angle brackets.
    pub(crate) address: String,
    /// Everything behind it.
    params: Zeroizing<String>,
}

/// One line that is no comment, and it can register.
pub(crate) fn validate(body: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let mut lines = text
        .split('\n')
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or("it holds no account")?;
    if lines.next().is_some() {
        return Err("it holds more than one line that is no comment".to_owned());
    }
    if line.len() > super::LINE_MAX {
        return Err("the line is too long for baresip".to_owned());
    }
    let line = Line::read(line).ok_or("the line has no address")?;
    let user_and_host = line
        .address
        .strip_prefix("sip:")
        .and_then(|rest| rest.split_once('@'));
    if !user_and_host.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()) {
        return Err("the address is not sip:user@host".to_owned());
    }
    for name in ["auth_user", "auth_pass", "regint"] {
        if line.param(name).is_none_or(str::is_empty) {
            return Err(format!("{name} is missing"));
        }
    }
    Ok(())
}

impl Line {
    /// Takes a line apart: an optional name, in which quotes hide everything, an address, parameters.
    pub(crate) fn read(line: &str) -> Option<Self> {
        if line.chars().any(char::is_control) {
            return None;
        }
        let name_end = end_of_value(line, |c| c.is_whitespace() || c == '<');
        let rest = line[name_end..].trim_start().strip_prefix('<')?;
        let (address, params) = rest.split_once('>')?;
        Some(Self {
            name: unquoted(&line[..name_end]).to_owned(),
            address: address.to_owned(),
            params: Zeroizing::new(params.to_owned()),
        })
    }

    /// The value of a parameter: the first `;name=` there is, even one between quotes.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let wanted = format!(";{name}=");
        let start = self.params.find(&wanted)? + wanted.len();
        let rest = &self.params[start..];
        Some(unquoted(
            &rest[..end_of_value(rest, |c| c.is_whitespace() || c == ';')],
        ))
    }
}

/// Where a value ends: at the first stop character outside of quotes; a backslash hides the next one.
fn end_of_value(text: &str, stop: impl Fn(char) -> bool) -> usize {
    let (mut in_quotes, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            _ if !in_quotes && stop(c) => return at,
            _ => {}
        }
    }
    text.len()
}

fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|v| v.strip_suffix('"'))
        .unwrap_or(value)
}
