//! What the help of `connections add` says about each kind of component.

use std::fmt::Write;

use components::{Access, Form};

/// Every kind with what it is asked for.
pub(super) fn kinds() -> String {
    let mut text = "Kinds:\n".to_owned();
    for (kind, access) in Form::all() {
        let form = Form::with(kind, access);
        let way = match access {
            Access::Local => "",
            Access::Remote => " --options '{\"access\": \"remote\"}'",
        };
        let _ = writeln!(text, "  {}{way}: {}", kind.name(), form.help);
        let fields = [
            ("--address", form.address),
            ("--account", form.account),
            ("--secret-file", form.secret),
        ];
        for (flag, field) in fields {
            if let Some(field) = field {
                let _ = writeln!(text, "    {flag}: {}. {}", field.label, field.help);
            }
        }
        for choice in form.options {
            let default = match choice.default().as_str() {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            let _ = writeln!(text, "    option {}: {}{default}", choice.name, choice.help);
        }
    }
    text
}
