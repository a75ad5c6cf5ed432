//! Answers as JSON, or as lines that people read.

use std::process::ExitCode;

use serde_json::Value;

use crate::say::say;

/// One thing: a line per field that says something. Fields within fields are named by their way, as in `settings.stun`; of a list of
/// things each has its line.
pub(crate) fn one(value: &Value, json: bool) -> anyhow::Result<ExitCode> {
    match value.as_object() {
        Some(fields) if !json => {
            for (name, value) in fields {
                lines(name, value)?;
            }
        }
        _ => say(value)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(name: &str, value: &Value) -> anyhow::Result<()> {
    match value {
        value if is_empty(value) => Ok(()),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(inner, value)| lines(&format!("{name}.{inner}"), value)),
        Value::Array(all) if all.iter().any(Value::is_object) => {
            all.iter().try_for_each(|one| row(name, &within(one)))
        }
        value => row(name, &text(value)),
    }
}

fn row(name: &str, text: &str) -> anyhow::Result<()> {
    say(format_args!("{name:18} {text}"))
}

/// A thing of a list on one line: reasons as sentences, others field by field.
fn within(thing: &Value) -> String {
    let Some(fields) = thing.as_object() else {
        return text(thing);
    };
    if let (Some(reason), Some(count)) = (thing["reason"].as_str(), thing["count"].as_u64()) {
        let hint = thing["hint"].as_str().filter(|hint| !hint.is_empty());
        let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
        return format!("{count}: {reason}{hint}");
    }
    let said = fields.iter().filter(|(_, value)| !is_empty(value));
    let said: Vec<_> = said
        .map(|(name, value)| format!("{name} {}", text(value)))
        .collect();
    said.join(", ")
}

/// Many things: a line each with these columns, tab separated. A page's `next` follows on standard error.
pub(crate) fn many(value: &Value, columns: &[&str], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        say(value)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = value.as_array().or_else(|| value["items"].as_array());
    for row in rows.into_iter().flatten() {
        let cells: Vec<String> = columns.iter().map(|column| text(&row[*column])).collect();
        say(cells.join("\t"))?;
    }
    if let Some(next) = value["next"].as_str() {
        eprintln!("more: --after {next}");
    }
    Ok(ExitCode::SUCCESS)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(all) if !all.iter().any(Value::is_object) => {
            let all: Vec<_> = all.iter().map(text).collect();
            all.join(", ")
        }
        other => other.to_string(),
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null)
        || value.as_str().is_some_and(str::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}
