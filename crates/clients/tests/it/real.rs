//! The real programs read what is rendered: awkward names and numbers register at Kamailio.

use clients::{neutral, render};
use model::{ClientKind, ProfileSettings, Secret, SipAccount, SipSecret, Srtp, Transport};
use peers::{Baresip, Kamailio, Linphone};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

use crate::people::LINK;

const DOMAIN: &str = "lab.test";
const PASSWORD: &str = "op<en>, 'ses:ame' & #1";

/// An account whose every value is awkward.
fn awkward(user: &str) -> SipAccount {
    SipAccount {
        display_name: "Ada \"The \\ Countess\" <sip:eve@lab.test>; ]]> 👩🏽‍💻 فاطمة".to_owned(),
        user: user.to_owned(),
        voicemail_number: "*97#1".to_owned(),
        secret: SipSecret::Clear(Secret::new(PASSWORD)),
    }
}

fn at(kamailio: &Kamailio, client: ClientKind) -> ProfileSettings {
    let address: std::net::SocketAddr = kamailio.address().parse().unwrap();
    ProfileSettings {
        client,
        sip_domain: DOMAIN.to_owned(),
        sip_host: address.ip().to_string(),
        sip_port: address.port(),
        transport: Transport::Udp,
        srtp: Srtp::Off,
        ..ProfileSettings::default()
    }
}

/// A registrar that knows `user`.
async fn registrar(user: &str) -> Kamailio {
    let ha1 = peers::ha1(user, DOMAIN, PASSWORD);
    let kamailio = Kamailio::start().await.unwrap();
    kamailio.set_subscriber(user, DOMAIN, &ha1).await.unwrap();
    kamailio
}

/// Answers every request with the document of the moment, until dropped.
async fn serve(listener: TcpListener, document: watch::Receiver<Vec<u8>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let body = document.borrow().clone();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
    }
}

/// The audio codecs that are switched on in Linphone's own settings.
fn codecs_on(rc: &str) -> Vec<&str> {
    let sections = rc
        .split("\n[")
        .filter(|section| section.starts_with("audio_codec_"));
    sections
        .filter(|section| section.lines().any(|line| line == "enabled=1"))
        .filter_map(|section| section.lines().find_map(|line| line.strip_prefix("mime=")))
        .collect()
}

#[tokio::test]
async fn a_real_baresip_registers_with_awkward_values() {
    let user = "amueller-1#001";
    let kamailio = registrar(user).await;
    let kind = ClientKind::Baresip;
    let settings = ProfileSettings {
        codecs: vec!["PCMA".into(), "PCMU".into()],
        ..at(&kamailio, kind)
    };
    let document = render(kind, &settings, &awkward(user), LINK).unwrap();
    let accounts = String::from_utf8(document.body.to_vec()).unwrap();
    let baresip = Baresip::register(&accounts).await.unwrap();
    assert!(baresip.registered(), "{}", baresip.output());
    assert!(
        !baresip.output().contains("not found"),
        "{}",
        baresip.output()
    );
}

#[tokio::test]
async fn a_real_linphone_registers_with_awkward_values_and_is_neutralised() {
    let user = "amueller-1#001";
    let kamailio = registrar(user).await;
    let kind = ClientKind::Linphone;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/p/x", listener.local_addr().unwrap());
    let settings = ProfileSettings {
        codecs: vec!["opus".into(), "PCMA".into()],
        ..at(&kamailio, kind)
    };
    let document = render(kind, &settings, &awkward(user), &link).unwrap();
    let (now, document) = watch::channel(document.body.to_vec());
    let server = tokio::spawn(serve(listener, document));
    let mut linphone = Linphone::provision(&link, None).await.unwrap();
    assert!(linphone.registered(), "{}", linphone.log());
    linphone.quit().await.unwrap();
    let kept = linphone.rc().unwrap();
    assert!(kept.contains("amueller-1#001"), "{kept}");
    assert_eq!(codecs_on(&kept), ["opus", "PCMA"], "{kept}");

    now.send(neutral(kind).unwrap().body.to_vec()).unwrap();
    linphone.start_again().await.unwrap();
    linphone.quit().await.unwrap();
    let kept = linphone.rc().unwrap();
    assert!(!kept.contains("amueller"), "{kept}");
    server.abort();
}
