//! The brand over the API.

use serde_json::{Value, json};

use super::described::Program;

const GET: &str = "GET /brand";
const PUT: &str = "PUT /brand";

/// The smallest PNG that there is to look at, in base64.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test]
async fn a_brand_is_read_set_and_gone_back_from_over_the_api() {
    let program = Program::open().await;
    let nothing = program.ask(GET, &[], "", None, 200).await;
    assert_eq!(
        (&nothing["origin"], &nothing["name"], &nothing["published"]),
        (&json!("shipped"), &Value::Null, &Value::Null)
    );
    let wanted = json!({
        "name": "Example", "help": "Call 100.", "light": "#7A1FA2", "logo": LOGO, "version": nothing["version"]
    });
    let set = program.ask(PUT, &[], "", Some(wanted.clone()), 200).await;
    assert_eq!(
        (&set["origin"], &set["actor"], &set["logo"]),
        (&json!("page"), &json!("grace"), &json!(LOGO))
    );
    assert_eq!(
        (&set["light"], &set["dark"]),
        (&json!("#7a1fa2"), &json!("#7a1fa2"))
    );
    assert!(set["version"].as_i64() > nothing["version"].as_i64());
    assert!(
        program
            .office
            .page("/c")
            .await
            .contains("Example</bdi></header>")
    );
    program.ask(PUT, &[], "", Some(wanted), 409).await;
    // What is not said is taken away, and saying the same again is no change.
    let name = json!({"name": "Example"});
    let less = program.ask(PUT, &[], "", Some(name.clone()), 200).await;
    assert_eq!((&less["help"], &less["logo"]), (&Value::Null, &Value::Null));
    let again = program.ask(PUT, &[], "", Some(name), 200).await;
    assert_eq!(again["version"], less["version"]);
    let back = program.ask("DELETE /brand", &[], "", None, 200).await;
    assert_eq!(
        (&back["origin"], &back["name"]),
        (&json!("shipped"), &Value::Null)
    );
}

#[tokio::test]
async fn a_brand_that_cannot_be_is_refused_with_every_field_that_is_wrong() {
    let program = Program::open().await;
    let wrong =
        json!({"name": "a\nb", "help": "\u{7}", "light": "red", "dark": "#12", "logo": "PHN2Zy8+"});
    let refused = program.ask(PUT, &[], "", Some(wrong), 422).await;
    let rows = refused["rows"].as_array().unwrap();
    let fields: Vec<_> = rows
        .iter()
        .map(|row| row["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["name", "help", "light", "dark", "logo"]);
    assert!(rows[4]["message"].as_str().unwrap().contains("an SVG"));
    let nameless = json!({"logo": LOGO});
    let refused = program.ask(PUT, &[], "", Some(nameless), 422).await;
    assert_eq!(refused["rows"][0]["field"], "name");
    let person = json!({"name": "Example", "person": "Ada"});
    program.ask(PUT, &[], "", Some(person), 422).await;
}
