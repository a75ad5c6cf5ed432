//! Addresses of components: parsed once, refused where a secret would travel in the open.

use url::{Host, Url};

use crate::Error;

const HTTP_HINT: &str =
    "write it like https://usp.example.org; plain http is for the same machine only";
const DATABASE_HINT: &str =
    "write it like postgres://sip.example.org/kamailio or sqlite:///etc/kamailio/kamailio.sqlite";
const LDAP_HINT: &str = "write it like ldaps://ldap.example.org, or choose StartTLS; plain ldap is for the same machine only";

/// The base address of a component that speaks HTTP, its path ending with a slash.
pub(crate) fn http(text: &str) -> Result<Url, Error> {
    let mut url = parse(text, ["http", "https"], HTTP_HINT)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(refused(text, "would send secrets in the open", HTTP_HINT));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// The address of a token endpoint, which is shown a secret too.
pub(crate) fn token(text: &str) -> Result<Url, Error> {
    let refuse = |why| Error::Settings {
        field: "token_url",
        what: format!("the token address {why}"),
        hint: "write the whole of it, like https://id.example.org/oauth/token",
    };
    whole(text).map_err(refuse)
}

/// The address at which a registrar answers JSON-RPC.
pub(crate) fn rpc(text: &str) -> Result<Url, Error> {
    let refuse = |why| Error::Settings {
        field: "rpc_url",
        what: format!("the JSON-RPC address {why}"),
        hint: "write the whole of it, like https://sip.example.org/RPC",
    };
    whole(text).map_err(refuse)
}

/// An address that is called as it is written.
fn whole(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "is missing or none")?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_bare = url.username().is_empty() && url.password().is_none();
    if !is_safe || !is_bare || url.fragment().is_some() {
        return Err("must be https, without a user name (plain http is for the same machine only)");
    }
    Ok(url)
}

/// The folder of a connection to files.
pub(crate) fn folder(text: &str) -> Result<std::path::PathBuf, Error> {
    let hint = "write it like file:///srv/rollcall/people, a folder on the server's machine";
    let refuse = |why| Err(refused(text, why, hint));
    let Some(path) = text.trim().strip_prefix("file://") else {
        return refuse("is none of a folder");
    };
    let path = std::path::PathBuf::from(path);
    let is_plain = path.components().all(|part| {
        use std::path::Component::{Normal, RootDir};
        matches!(part, RootDir | Normal(_))
    });
    if !path.is_absolute() || !is_plain || text.contains(char::is_control) {
        return refuse("is no path from the root on");
    }
    Ok(path)
}

/// The file of a SQLite database, where the address is one.
pub(crate) fn sqlite(text: &str) -> Result<Option<String>, Error> {
    let Some(file) = text.trim().strip_prefix("sqlite://") else {
        return Ok(None);
    };
    if !file.starts_with('/') || file.contains(char::is_control) {
        let why = "names no file from the root on";
        return Err(refused(text, why, DATABASE_HINT));
    }
    Ok(Some(file.to_owned()))
}

/// The address of a PostgreSQL database, which it names.
pub(crate) fn postgres(text: &str) -> Result<Url, Error> {
    let url = parse(text, ["postgres", "postgresql"], DATABASE_HINT)?;
    let name = url.path().trim_start_matches('/');
    if name.is_empty() || name.contains('/') {
        return Err(refused(text, "names no database", DATABASE_HINT));
    }
    Ok(url)
}

/// The address of a directory.
pub(crate) fn ldap(text: &str, start_tls: bool) -> Result<Url, Error> {
    let url = parse(text, ["ldap", "ldaps"], LDAP_HINT)?;
    if url.scheme() == "ldap" && !start_tls && !is_loopback(&url) {
        return Err(refused(text, "would send secrets in the open", LDAP_HINT));
    }
    if !matches!(url.path(), "" | "/") {
        return Err(refused(
            text,
            "holds a path; the search base is an option of its own",
            LDAP_HINT,
        ));
    }
    Ok(url)
}

fn parse(text: &str, schemes: [&str; 2], hint: &'static str) -> Result<Url, Error> {
    let refuse = |why| Err(refused(text, why, hint));
    let Ok(url) = Url::parse(text.trim()) else {
        return refuse("is none");
    };
    if !schemes.contains(&url.scheme()) {
        return refuse("has a scheme that this kind does not speak");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return refuse("names no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not repeated: it may hold a password.
        return Err(refused(
            "",
            "holds a user name; credentials have a field of their own",
            hint,
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("holds a query or a fragment");
    }
    Ok(url)
}

fn refused(text: &str, why: &str, hint: &'static str) -> Error {
    let what = if text.is_empty() || text.contains('@') {
        format!("the address {why}")
    } else {
        format!("the address `{}` {why}", crate::told::excerpt(text))
    };
    Error::Settings {
        field: "address",
        what,
        hint,
    }
}

/// Whether the address can only be this machine (RFC 6761, section 6.3, for the name).
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // The parser leaves hosts of schemes it does not know as they are.
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost")
                || name
                    .parse::<std::net::Ipv4Addr>()
                    .is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_for_this_machine_only() {
        for good in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:80/x",
            "https://usp.example.org/pbx",
        ] {
            assert!(http(good).unwrap().path().ends_with('/'), "{good}");
        }
        for bad in [
            "http://usp.example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
        ] {
            assert!(http(bad).is_err(), "{bad} passed");
        }
        assert!(ldap("ldap://127.0.0.1:389", false).is_ok());
        assert!(ldap("ldap://localhost/", false).is_ok());
        assert!(ldap("ldap://ldap.example.org", true).is_ok());
        assert!(ldap("ldaps://ldap.example.org", false).is_ok());
        assert!(ldap("ldap://ldap.example.org", false).is_err());
        assert!(ldap("ldap://127.0.0.1.example.org", false).is_err());
    }

    #[test]
    fn what_is_no_address_of_this_kind_is_refused() {
        for bad in [
            "",
            "usp",
            "ftp://127.0.0.1",
            "ldap://127.0.0.1",
            "https://",
            "https://x.org/?a=b",
            "https://x.org/#a",
        ] {
            assert!(http(bad).is_err(), "{bad} passed");
        }
        assert!(ldap("ldaps://x.org/ou=people", false).is_err());
        assert!(ldap("https://x.org", false).is_err());
    }

    #[test]
    fn a_token_is_asked_for_over_tls_or_on_this_machine() {
        for good in [
            "https://id.example.org/token?tenant=1",
            "http://127.0.0.1:8/token",
        ] {
            assert!(token(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/token",
            "http://id.example.org/token",
            "https://a:b@x.org/token",
        ] {
            assert!(token(bad).is_err(), "{bad} passed");
        }
    }

    #[test]
    fn a_database_is_a_file_or_named_on_a_server() {
        assert_eq!(sqlite("sqlite:///a b.db").unwrap().unwrap(), "/a b.db");
        assert_eq!(sqlite("postgres://x.org/kamailio").unwrap(), None);
        assert!(sqlite("sqlite://kamailio.db").is_err());
        assert!(postgres("postgres://x.org:5433/kamailio").is_ok());
        for bad in [
            "postgres://x.org",
            "postgres://ada:pw@x.org/k",
            "postgres://x.org/k?sslmode=disable",
            "mysql://x.org/k",
        ] {
            assert!(postgres(bad).is_err(), "{bad} passed");
        }
    }

    #[test]
    fn a_folder_is_named_from_the_root_on() {
        assert!(folder(" file:///srv/people here ").is_ok());
        for bad in [
            "/srv",
            "file://srv",
            "file://",
            "file:///srv/../etc",
            "https://x.org",
        ] {
            assert!(folder(bad).is_err(), "{bad} passed");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        for text in ["https://ada:hunter2@x.org", "ftp://ada:hunter2@x.org"] {
            assert!(
                !http(text).unwrap_err().to_string().contains("hunter2"),
                "{text}"
            );
        }
    }
}
