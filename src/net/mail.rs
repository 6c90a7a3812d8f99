//! The way to the owner's mail server (SMTP, RFC 5321; submission, RFC 8314). The server is one that
//! the owner has named, so it may be inside; what it says is a stranger's all the same.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;
use url::Host;

use crate::config::{Mail, Secret, Security};
use crate::error::Failure;
use crate::text::base64::base64;

/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(20);

/// How long everything may take until the server has taken the mail, as a rule.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long the server is given to say good-bye; the mail is its own by then.
const FAREWELL: Duration = Duration::from_secs(5);

/// Characters of what a server says that are passed on.
const LONGEST_REASON: usize = 300;

/// A mail to the owner.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'l> {
    /// What the sender is called.
    pub name: &'l str,
    /// Its subject.
    pub subject: &'l str,
    /// Its text.
    pub text: &'l str,
    /// Its name, the same if it is sent twice.
    pub id: &'l str,
    /// When it is sent.
    pub now: Timestamp,
    /// How long everything may take until the server has taken it.
    pub patience: Duration,
}

/// Why a mail was not sent.
enum Trouble {
    /// The settings cannot be used.
    Settings(String),
    /// It took too long.
    Time,
    /// What the library or the server says.
    Smtp(lettre::transport::smtp::Error),
}

impl From<lettre::transport::smtp::Error> for Trouble {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        Self::Smtp(error)
    }
}

/// Sends a mail to the owner. It is sent once the server has taken it.
///
/// # Errors
/// What is wrong, without the password.
pub async fn send(
    root: &Path,
    mail: &Mail,
    password: Option<&Secret>,
    letter: &Letter<'_>,
) -> Result<(), Failure> {
    let result = match timeout(letter.patience, talk(root, mail, password, letter)).await {
        Ok(Ok(mut connection)) => {
            let _ = timeout(FAREWELL, connection.abort()).await;
            return Ok(());
        }
        Ok(Err(trouble)) => trouble,
        Err(_) => Trouble::Time,
    };
    Err(failure(mail, password, &result))
}

/// Everything up to the server's word that it has the mail.
async fn talk(
    root: &Path,
    mail: &Mail,
    password: Option<&Secret>,
    letter: &Letter<'_>,
) -> Result<AsyncSmtpConnection, Trouble> {
    let message = message(mail, letter).map_err(Trouble::Settings)?;
    let host = name_of(&mail.host);
    let me = ClientId::Domain(host_of(&mail.from).to_owned());
    let tls = || tls(root, mail, host.clone());
    let at_once = if mail.security == Security::Tls { Some(tls()?) } else { None };
    let place = (host.as_str(), mail.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(place, Some(CONNECT), &me, at_once, None).await?;
    if mail.security == Security::StartTls {
        connection.starttls(tls()?, &me).await?;
    }
    if let (Some(user), Some(password)) = (&mail.user, password) {
        let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    connection.send(message.envelope(), &message.formatted()).await?;
    Ok(connection)
}

/// The encryption: certificates are checked against Mozilla's list, which is part of the program,
/// and those that the owner adds; the name has to be the server's.
fn tls(root: &Path, mail: &Mail, host: String) -> Result<TlsParameters, Trouble> {
    let mut builder = TlsParameters::builder(host).certificate_store(CertificateStore::WebpkiRoots);
    if let Some(pem) = mail.certificates(root).map_err(|why| Trouble::Settings(why.to_string()))? {
        builder = builder.add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build()?)
}

fn message(mail: &Mail, letter: &Letter<'_>) -> Result<Message, String> {
    let address =
        |text: &str| text.parse().map_err(|error| format!("{text} is no address of mail: {error}"));
    // Nobody answers a machine that sent it by itself (RFC 3834).
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    let name: String = letter.name.chars().filter(|c| !c.is_control()).collect();
    let subject: String = letter.subject.chars().filter(|c| !c.is_control()).collect();
    MessageBuilder::new()
        .from(Mailbox::new(Some(name), address(&mail.from)?))
        .to(Mailbox::new(None, address(&mail.to)?))
        .date(letter.now.into())
        .message_id(Some(format!("<{}@{}>", letter.id, host_of(&mail.from))))
        .raw_header(automatic)
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .subject(subject)
        .body(letter.text.to_owned())
        .map_err(|error| error.to_string())
}

fn name_of(host: &Host) -> String {
    match host {
        Host::Domain(name) => name.clone(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

fn host_of(address: &str) -> &str {
    address.split_once('@').map_or(address, |(_, host)| host)
}

/// What went wrong, for the owner.
fn failure(mail: &Mail, password: Option<&Secret>, trouble: &Trouble) -> Failure {
    let server = format!("{}:{}", mail.host, mail.port);
    let error = match trouble {
        Trouble::Settings(why) => return Failure::run(format!("the mail cannot be sent: {why}")),
        Trouble::Time => {
            return Failure::with_hint(
                format!("the mail server {server} did not come to an end in time"),
                hint(mail),
            );
        }
        Trouble::Smtp(error) => error,
    };
    let said = said(mail, password, &error.to_string());
    let message = format!("the mail server {server} did not take the mail: {said}");
    match error.status().map(u16::from) {
        Some(535 | 534 | 530) => Failure::with_hint(
            message,
            "check `user` and the password; many services want one that is made for programs",
        ),
        Some(_) => Failure::run(message),
        None => Failure::with_hint(message, hint(mail)),
    }
}

fn hint(mail: &Mail) -> &'static str {
    match mail.security {
        Security::Tls => {
            "check `server` and its port: 465 is encrypted at once, 587 wants security = \"starttls\""
        }
        Security::StartTls => {
            "check `server` and its port: 587 begins without encryption, 465 wants security = \"tls\""
        }
        Security::None => "check `server` and its port",
    }
}

/// What a server says, in one line, without what it may repeat of the password.
fn said(mail: &Mail, password: Option<&Secret>, text: &str) -> String {
    let mut text = text.to_owned();
    if let (Some(user), Some(password)) = (&mail.user, password.map(Secret::reveal)) {
        // As it is sent by PLAIN and by LOGIN, and as it is.
        let plain = base64(format!("\0{user}\0{password}").as_bytes());
        for hidden in [&*plain, &*base64(password.as_bytes()), password] {
            text = text.replace(hidden, "…");
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()
}
