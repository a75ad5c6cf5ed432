//! An independent reading of the generic document: is it JSON, and can its account register?

use serde_json::Value;

/// Well formed, of the version that is described, and with everything that registering takes.
pub(crate) fn validate(body: &[u8]) -> Result<(), String> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
    if document["version"] != 1 {
        return Err("its version is not 1".to_owned());
    }
    for path in [
        "/link",
        "/account/user",
        "/account/domain",
        "/server/host",
        "/server/transport",
    ] {
        let value = document.pointer(path).and_then(Value::as_str);
        if value.is_none_or(str::is_empty) {
            return Err(format!("{} is missing", &path[1..]));
        }
    }
    let text = |name: &str| document["account"][name].as_str().unwrap_or_default();
    let (password, ha1) = (text("password"), text("ha1"));
    if password.is_empty() == ha1.is_empty() || !(ha1.is_empty() || ha1.len() == 32) {
        return Err("it holds no password, and no hash of one".to_owned());
    }
    Ok(())
}
