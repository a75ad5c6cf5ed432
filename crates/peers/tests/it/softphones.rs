//! baresip and Linphone at Kamailio; Linphone's configuration comes from a web server of a few lines.

use std::{io, sync::Arc};

use peers::{Baresip, Kamailio, Linphone};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::AbortHandle,
};

const DOMAIN: &str = "pbx.example.org";
/// MD5 of `4711:pbx.example.org:secret`.
const HA1: &str = "f6e3054894ded511e9c855b9969d1e43";

/// A web server with one answer, ended with its handle.
struct OneAnswer {
    url: String,
    task: AbortHandle,
}

impl OneAnswer {
    async fn serve(status: &str, body: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/p/ticket", listener.local_addr()?);
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nConnection: close\r\n");
        let answer = Arc::new(format!(
            "{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let task = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    let _ = connection.read(&mut [0; 4096]).await;
                    let _ = connection.write_all(answer.as_bytes()).await;
                });
            }
        });
        Ok(Self {
            url,
            task: task.abort_handle(),
        })
    }
}

impl Drop for OneAnswer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn linphone_document(kamailio: &Kamailio, transport: &str, ha1: &str) -> String {
    let address = kamailio.address();
    let entry = |name: &str, value: &str| {
        format!("<entry name=\"{name}\" overwrite=\"true\">{value}</entry>")
    };
    let section = |name: &str, entries: &[(&str, &str)]| {
        let entries: String = entries
            .iter()
            .map(|(name, value)| entry(name, value))
            .collect();
        format!("<section name=\"{name}\">{entries}</section>")
    };
    let proxy = format!("&lt;sip:{address};transport={transport}&gt;");
    let identity = format!("\"Ada Example\" &lt;sip:4711@{DOMAIN}&gt;");
    let account = [
        ("reg_proxy", proxy.as_str()),
        ("reg_route", &proxy),
        ("reg_identity", &identity),
        ("realm", DOMAIN),
        ("reg_expires", "120"),
        ("reg_sendregister", "1"),
    ];
    let secret = [
        ("username", "4711"),
        ("userid", "4711"),
        ("domain", DOMAIN),
        ("realm", DOMAIN),
        ("ha1", ha1),
        ("algorithm", "MD5"),
    ];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">{}{}{}{}</config>",
        section("sip", &[("default_proxy", "0")]),
        section("net", &[("enable_nat_policy", "0")]),
        section("proxy_0", &account),
        section("auth_info_0", &secret)
    )
}

fn baresip_account(kamailio: &Kamailio, password: &str) -> String {
    let proxy = kamailio.address();
    format!(
        "<sip:4711@{DOMAIN}>;auth_user=4711;auth_pass={password};outbound=\"sip:{proxy};transport=udp\";regint=60"
    )
}

async fn registrar() -> Kamailio {
    let kamailio = Kamailio::start().await.unwrap();
    kamailio.set_subscriber("4711", DOMAIN, HA1).await.unwrap();
    kamailio
}

#[tokio::test]
async fn baresip_registers_with_the_right_password() {
    let kamailio = registrar().await;
    let phone = Baresip::register(&baresip_account(&kamailio, "secret"))
        .await
        .unwrap();
    assert!(phone.registered(), "{}", phone.output());
    let contacts = kamailio.wait_registered("4711").await.unwrap();
    assert!(
        contacts[0].user_agent.starts_with("baresip"),
        "{contacts:?}"
    );
}

#[tokio::test]
async fn baresip_does_not_register_with_a_wrong_password() {
    let kamailio = registrar().await;
    let phone = Baresip::register(&baresip_account(&kamailio, "guess"))
        .await
        .unwrap();
    assert!(!phone.registered(), "{}", phone.output());
    assert_eq!(
        (
            kamailio.contacts("4711").await.unwrap(),
            kamailio.registrations("4711")
        ),
        (vec![], vec![])
    );
}

#[tokio::test]
async fn a_changed_secret_counts_at_once() {
    let kamailio = registrar().await;
    kamailio
        .set_subscriber("4711", DOMAIN, "00000000000000000000000000000000")
        .await
        .unwrap();
    assert!(
        !Baresip::register(&baresip_account(&kamailio, "secret"))
            .await
            .unwrap()
            .registered()
    );
    kamailio.set_subscriber("4711", DOMAIN, HA1).await.unwrap();
    assert!(
        Baresip::register(&baresip_account(&kamailio, "secret"))
            .await
            .unwrap()
            .registered()
    );
}

#[tokio::test]
async fn linphone_fetches_its_configuration_and_registers_over_udp_and_tcp() {
    for transport in ["udp", "tcp"] {
        let kamailio = registrar().await;
        let server = OneAnswer::serve("200 OK", &linphone_document(&kamailio, transport, HA1))
            .await
            .unwrap();
        let phone = Linphone::provision(&server.url, None).await.unwrap();
        assert!(
            phone.fetched() && phone.registered(),
            "{:?}\n{}",
            phone.final_state(),
            phone.log()
        );
        let contacts = kamailio.wait_registered("4711").await.unwrap();
        assert!(contacts[0].user_agent.contains("inphone"), "{contacts:?}");
    }
}

#[tokio::test]
async fn linphone_keeps_its_account_in_its_settings_and_comes_back() {
    let kamailio = registrar().await;
    let server = OneAnswer::serve("200 OK", &linphone_document(&kamailio, "udp", HA1))
        .await
        .unwrap();
    let mut phone = Linphone::provision(&server.url, None).await.unwrap();
    phone.start_again().await.unwrap();
    assert!(phone.registered(), "{}", phone.log());
    phone.quit().await.unwrap();
    assert!(
        phone.rc().unwrap().contains(&format!("sip:4711@{DOMAIN}")),
        "{}",
        phone.rc().unwrap()
    );
    assert_eq!(kamailio.contacts("4711").await.unwrap(), vec![]);
    assert!(kamailio.registrations("4711").len() >= 2);
}

#[tokio::test]
async fn linphone_tells_a_refused_configuration_from_a_refused_account() {
    let kamailio = registrar().await;
    let gone = OneAnswer::serve("410 Gone", "no").await.unwrap();
    let phone = Linphone::provision(&gone.url, None).await.unwrap();
    assert_eq!(
        (phone.fetched(), phone.final_state()),
        (false, None),
        "{}",
        phone.log()
    );
    let wrong = linphone_document(&kamailio, "udp", "00000000000000000000000000000000");
    let server = OneAnswer::serve("200 OK", &wrong).await.unwrap();
    let phone = Linphone::provision(&server.url, None).await.unwrap();
    assert_eq!(
        (phone.fetched(), phone.final_state()),
        (true, Some("Failed")),
        "{}",
        phone.log()
    );
}
