//! nginx with one static document: the ceiling that benches compare a web server with.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;
use tokio::net::TcpStream;

use crate::{
    certificate::Certificate,
    folder::Folder,
    port::Port,
    process::{End, Process},
    tool,
};

const READY_LIMIT: Duration = Duration::from_secs(10);

/// A running nginx of one process.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
    port: Port,
    _folder: Folder,
}

impl Nginx {
    /// Serves `document` at every path over HTTP/1.1, with TLS where it gets a certificate.
    pub async fn serve(document: &[u8], certificate: Option<&Certificate>) -> Result<Self> {
        let nginx = tool::find("nginx", "nginx-light")?;
        let folder = Folder::new("nginx", None)?;
        let port = Port::free()?;
        folder.write("document", document)?;
        if let Some(certificate) = certificate {
            folder.write("server.pem", &certificate.pem)?;
            folder.write("server.key", &certificate.key_pem)?;
        }
        let text = settings(&folder, port.number, certificate.is_some());
        let settings = folder.write("nginx.conf", text)?;
        let mut command = folder.command(&nginx);
        command
            .arg("-c")
            .arg(settings)
            .arg("-p")
            .arg(folder.path())
            .arg("-e")
            .arg(folder.join("error.log"));
        let mut process = Process::start(command, folder.path(), End::Kill)?;
        let number = port.number;
        let ready = async || TcpStream::connect(("127.0.0.1", number)).await.is_ok();
        process.ready("nginx's start", READY_LIMIT, ready).await?;
        Ok(Self {
            process,
            port,
            _folder: folder,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port.number))
    }

    /// The process that answers, for [`crate::usage`].
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

fn settings(folder: &Folder, port: u16, is_tls: bool) -> String {
    let here = folder.path().display();
    let (ssl, files) = if is_tls {
        let files =
            format!("ssl_certificate {here}/server.pem; ssl_certificate_key {here}/server.key;");
        (" ssl", files)
    } else {
        ("", String::new())
    };
    let unused: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("  {name}_temp_path {here}/{name};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/error.log;\n\
         events {{ worker_connections 2048; }}\n\
         http {{\n  access_log off;\n  keepalive_requests 10000000;\n{unused}\
         \x20 server {{ listen 127.0.0.1:{port}{ssl}; {files} root {here}; default_type application/xml;\n\
         \x20   location / {{ try_files /document =404; }} }}\n}}\n"
    )
}
