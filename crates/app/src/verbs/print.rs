//! Answers as JSON, or as lines that people read.

use std::process::ExitCode;

use serde_json::Value;

use crate::say::say;

/// One thing: a line per field that says something.
pub(crate) fn one(value: &Value, json: bool) -> anyhow::Result<ExitCode> {
    match value.as_object() {
        Some(fields) if !json => {
            for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
                say(format_args!("{name:18} {}", text(value)))?;
            }
        }
        _ => say(value)?,
    }
    Ok(ExitCode::SUCCESS)
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
        other => other.to_string(),
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null)
        || value.as_str().is_some_and(str::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}
