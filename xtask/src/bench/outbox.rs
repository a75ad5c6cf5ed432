//! The outbox emptied into Postfix's `smtp-sink`, beside `smtp-source` with messages of the same size; and what writing one
//! message takes.

use std::{
    hint::black_box,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use delivery::mail::{Composer, Letter, Template};
use landing::qr::Code;
use model::Language;
use peers::SmtpSink;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder};
use reqwest::Method;
use serde_json::json;
use tokio::{process::Command, time::timeout};

use super::{
    figure::{Figure, number},
    ground::Ground,
    office::Office,
};

/// Records of an installation of its own: its 5,000 people get some 3,700 mails, which takes seconds and says as much as the mails of
/// everybody whom the other measurements know.
const RECORDS: u64 = 12_400;
/// The longest that either side may take to send them.
const SENDING_LIMIT: Duration = Duration::from_mins(3);
/// As many connections as a server keeps by its defaults.
const CONNECTIONS: &str = "4";
const LETTERS: u32 = 2_000;

/// Everybody deployed while sending is paused; then it goes on.
pub(crate) async fn emptied() -> Result<Vec<Figure>> {
    let sink = SmtpSink::discarding().await?;
    let ground = Ground::lay(RECORDS, 0).await?;
    let copy = ground.copy_with_mail_to(sink.address()).await?;
    let office = &copy.office;
    office.ask(Method::PUT, "/outbox/pause", None).await?;
    let profiles = office.get("/profiles").await?;
    let mut profile = profiles[0].clone();
    profile["settings"]["link_mode"] = json!("direct");
    let id = profile["id"].as_str().context("a profile has an id")?;
    let path = format!("/profiles/{id}");
    let wanted = json!({"name": profile["name"], "settings": profile["settings"]});
    office.ask(Method::PUT, &path, Some(&wanted)).await?;
    office.import(true).await?;
    let outbox = office.get("/outbox?limit=1").await?;
    let waiting = outbox["counts"][0]["count"].as_u64();
    let waiting = waiting.context("mails are counted")?;
    ensure!(waiting > 0, "nobody was deployed");
    let count = usize::try_from(waiting)?;
    let emptied = async {
        office.ask(Method::DELETE, "/outbox/pause", None).await?;
        all_taken(office, &sink, count).await
    };
    let ((), spent) = office.measured(emptied).await?;
    let mails = number(i64::try_from(waiting)?);
    let size = written()?.len();
    let beside = source(count, size).await?;
    let mut figures = vec![
        Figure::alone(
            format!("outbox of {mails}"),
            mails / spent.wall_s,
            "mails/s",
        )
        .beside(format!("smtp-source, {size} bytes"), beside)
        .at_least(0.2),
        Figure::alone("outbox", mails / spent.cpu_s, "mails/cpu-s"),
    ];
    figures.extend(writing()?);
    Ok(figures)
}

/// Waits until the sink has all of them; one that failed for good, or a server that is too slow, is told with how far they are.
async fn all_taken(office: &Office, sink: &SmtpSink, count: usize) -> Result<()> {
    let Err(late) = sink.wait_accepted(count, SENDING_LIMIT).await else {
        return Ok(());
    };
    let outbox = office.get("/outbox?limit=1").await?;
    let (taken, counts) = (sink.accepted(), &outbox["counts"]);
    Err(late.context(format!(
        "smtp-sink has {taken} of {count} mails; the outbox counts {counts}"
    )))
}

/// Messages per second of `smtp-source` over as many kept connections.
async fn source(count: usize, size: usize) -> Result<f64> {
    let sink = SmtpSink::discarding().await?;
    let program = peers::find_program("smtp-source", "postfix")?;
    let start = Instant::now();
    let mut command = Command::new(program);
    command
        .args(["-d", "-s", CONNECTIONS])
        .args(["-f", "a@example.org", "-t", "b@example.org"])
        .args(["-m", &count.to_string(), "-l", &size.to_string()])
        .arg(sink.address().to_string())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let ended = timeout(SENDING_LIMIT, command.status()).await;
    let ended = ended.with_context(|| {
        let taken = sink.accepted();
        format!("smtp-source did not end within {SENDING_LIMIT:?}; smtp-sink has {taken} of {count} messages")
    })??;
    ensure!(ended.success(), "smtp-source ended with {ended}");
    Ok(number(i64::try_from(count)?) / start.elapsed().as_secs_f64())
}

fn composer() -> Result<Composer> {
    let template = Template::default_of(Language::English);
    Composer::new(&template).map_err(|faults| anyhow::anyhow!("{faults:?}"))
}

fn written() -> Result<Vec<u8>> {
    Ok(composer()?.compose(&Letter::sample())?.bytes.to_vec())
}

/// Microseconds for each of many.
fn each(work: impl Fn() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..LETTERS {
        work()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(LETTERS))
}

/// A whole message, and its picture beside the bare libraries.
fn writing() -> Result<Vec<Figure>> {
    let (composer, letter) = (composer()?, Letter::sample());
    let whole = each(|| {
        black_box(composer.compose(black_box(&letter))?);
        Ok(())
    })?;
    let texts = each(|| {
        black_box(composer.preview(black_box(&letter))?);
        Ok(())
    })?;
    let link = letter.link.expose();
    let ours = each(|| {
        black_box(delivery::qr::png(black_box(link))?);
        Ok(())
    })?;
    let mut reader = Decoder::new(std::io::Cursor::new(delivery::qr::png(link)?)).read_info()?;
    let mut pixels = vec![
        0;
        reader
            .output_buffer_size()
            .context("a picture has a size")?
    ];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    let bare = each(|| {
        black_box(Code::of(black_box(link)).context("a link fits")?);
        let mut file = Vec::with_capacity(2 * 1024);
        let mut encoder = Encoder::new(&mut file, info.width, info.height);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        encoder.set_compression(Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        black_box(file);
        Ok(())
    })?;
    Ok(vec![
        Figure::alone("writing a message", whole, "µs"),
        Figure::alone("writing a message, texts alone", texts, "µs"),
        Figure::alone("QR as PNG", ours, "µs")
            .beside("the bare libraries", bare)
            .at_most(1.2),
    ])
}
