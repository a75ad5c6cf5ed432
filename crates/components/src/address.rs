//! Addresses of components: parsed once, refused where a secret would travel in the open.

use url::{Host, Url};

use crate::Error;

const HTTP_HINT: &str =
    "write it like https://usp.example.org; plain http is for the same machine only";
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
    let url = Url::parse(text.trim()).map_err(|_| refuse("is missing or none"))?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_bare = url.username().is_empty() && url.password().is_none();
    if !is_safe || !is_bare || url.fragment().is_some() {
        return Err(refuse(
            "must be https, without a user name (plain http is for the same machine only)",
        ));
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
fn is_loopback(url: &Url) -> bool {
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
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        for text in ["https://ada:hunter2@x.org", "ftp://ada:hunter2@x.org"] {
            assert!(
                !http(text).unwrap_err().to_string().contains("hunter2"),
                "{text}"
            );
        }
    }
}
