//! `[mail]`: how the daily digest is sent to the owner.

use std::path::{Component, Path, PathBuf};

use jiff::civil::Time;
use url::Host;

use super::secret::{self, Secret};
use super::{Config, FILE};
use crate::error::Failure;
use crate::tree::Table;

/// The variable that may hold the password.
const PASSWORD: &str = "LANAI_MAIL_PASSWORD";

/// What lies in these folders is published, or may be.
const PUBLISHED: [&str; 5] = ["public", "static", "media", "content", "theme"];

/// When the mail is sent if nobody says otherwise.
const MORNING: Time = Time::constant(7, 0, 0, 0);

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Encrypted from the first byte.
    Tls,
    /// Encrypted after the greeting, or not used at all.
    StartTls,
    /// Not encrypted: for servers on this machine or inside its network.
    None,
}

/// `[mail]`: the server that takes the owner's mail, and when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: Security,
    /// The name to log in with; none if the server takes mail without.
    pub user: Option<String>,
    /// Whom the mail is from.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// When, in the site's time zone.
    pub at: Time,
    /// The file with the password, relative to the site folder.
    pub password_file: Option<PathBuf>,
    /// A file with certificates that are trusted besides the usual ones, relative to the site
    /// folder.
    pub ca_file: Option<PathBuf>,
}

impl Mail {
    /// The password: from the environment, or else from the file.
    ///
    /// # Errors
    /// A file that cannot be read or lies where it would be published; a user without a password.
    pub fn password(&self, root: &Path, config: &Config) -> Result<Option<Secret>, Failure> {
        if self.user.is_none() {
            return Ok(None);
        }
        if let Some(password) = secret::from_environment(PASSWORD) {
            return Ok(Some(password));
        }
        let Some(file) = &self.password_file else {
            return Err(Failure::with_hint(
                "`[mail]` has a user and no password",
                format!(
                    "name a file with it: password-file = \"data/private/mail\", or set {PASSWORD}"
                ),
            ));
        };
        let path = root.join(file);
        let mut folders = PUBLISHED.to_vec();
        // "." means the whole site folder, of which only texts and what they show is published.
        folders.extend(Some(config.content.folder.as_str()).filter(|folder| *folder != "."));
        if let Some(folder) = secret::folder_of(root, &path, &folders) {
            return Err(Failure::with_hint(
                format!("the password in {} lies in {folder}/, which is published", file.display()),
                "move it away, for example to data/private/mail, and choose a new password",
            ));
        }
        secret::from_file(&path).map(Some)
    }

    /// The certificates that are trusted besides the usual ones, as PEM.
    ///
    /// # Errors
    /// A file that cannot be read or has none.
    pub fn certificates(&self, root: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let Some(file) = &self.ca_file else { return Ok(None) };
        secret::certificates(&root.join(file)).map(Some)
    }

    /// What deserves a word about the file with the password.
    pub fn warning(&self, root: &Path) -> Option<String> {
        let file = self.password_file.as_ref()?;
        secret::is_open_to_others(&root.join(file)).then(|| {
            let name = file.display();
            format!("others on this machine can read {name} with the password: chmod 600 {name}")
        })
    }
}

/// Reads `[mail]`; none if there is no such table, or it says too little.
pub(super) fn mail(top: &mut Table<'_, '_>) -> Option<Mail> {
    let mut table = top.table("mail")?;
    let security = table.choice(
        "security",
        &[("tls", Security::Tls), ("starttls", Security::StartTls), ("none", Security::None)],
    );
    let server = server(&mut table, security);
    let user = table.text("user");
    require(&mut table, "to", "to = \"you@example.org\"");
    let to = address(&mut table, "to");
    let from = address(&mut table, "from").or_else(|| to.clone());
    let at = at(&mut table).unwrap_or(MORNING);
    let password_file = password_file(&mut table);
    let ca_file = table.text("ca-file").map(PathBuf::from);
    refuse_password(&mut table);
    table.finish();
    let (host, port, security) = server?;
    Some(Mail { host, port, security, user, from: from?, to: to?, at, password_file, ca_file })
}

/// Says that a key is missing.
fn require(table: &mut Table<'_, '_>, key: &'static str, example: &str) {
    if table.lacks(key) {
        table.reading.error_with_hint(
            table.span.clone(),
            format!("`[mail]` needs `{key}`"),
            format!("write {example}"),
        );
    }
}

fn server(table: &mut Table<'_, '_>, security: Option<Security>) -> Option<(Host, u16, Security)> {
    require(table, "server", "server = \"smtp.example.org:465\"");
    let (text, span) = table.spanned_text("server")?;
    let Some((host, port)) = host_and_port(&text) else {
        table.reading.error_with_hint(
            span,
            // An address of the form `smtps://ana:password@…` has one, and this goes into the log.
            "`server` should be the name of a mail server and a port",
            "write \"smtp.example.org:465\"; 465 and 587 are usual",
        );
        return None;
    };
    let security = security.unwrap_or(match port {
        None | Some(465) => Security::Tls,
        Some(_) => Security::StartTls,
    });
    if security == Security::None && !is_near(&host) {
        table.reading.error_with_hint(
            span,
            "without encryption everybody on the way could read the mail and the password",
            "use security = \"tls\" or \"starttls\"; \"none\" is for localhost and for addresses \
             inside your network, such as 10.0.0.7",
        );
        return None;
    }
    let port = port.unwrap_or(match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    });
    Some((host, port, security))
}

/// `smtp.example.org`, `smtp.example.org:465`, `10.0.0.7:25`, `[::1]:25`.
fn host_and_port(text: &str) -> Option<(Host, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    if host.contains(['/', '@', ' ']) {
        return None;
    }
    let host = Host::parse(host).ok()?;
    match port {
        None => Some((host, None)),
        Some(port) => port.parse().ok().filter(|port| *port > 0).map(|port| (host, Some(port))),
    }
}

/// Whether a server is on this machine or inside its network, whatever names say tomorrow.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback() || address.is_private(),
        Host::Ipv6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

/// An address of mail, written plainly: nothing in it can end a header or begin another address.
fn address(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    let (text, span) = table.spanned_text(key)?;
    let is_plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"@".contains(c);
    let right = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && name.chars().all(is_plain)
            && !host.starts_with(['.', '-'])
            && !host.is_empty()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
    });
    if right {
        return Some(text);
    }
    table.reading.error_with_hint(
        span,
        format!("`{key}` should be one address of mail, found \"{text}\""),
        format!("write {key} = \"you@example.org\", without a name"),
    );
    None
}

fn at(table: &mut Table<'_, '_>) -> Option<Time> {
    let (text, span) = table.spanned_text("at")?;
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.clone() };
    let time = padded.parse().ok().filter(|_| text.contains(':'));
    if time.is_none() {
        table.reading.error_with_hint(
            span,
            format!("`at` should be a time of day, found \"{text}\""),
            "write \"07:00\"; it is meant in `time-zone`",
        );
    }
    time
}

fn password_file(table: &mut Table<'_, '_>) -> Option<PathBuf> {
    let (text, span) = table.spanned_text("password-file")?;
    let path = PathBuf::from(&text);
    let first = path.components().find_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let published = PUBLISHED.iter().find(|folder| path.is_relative() && first == Some(**folder));
    if published.is_some() || text.is_empty() || path == Path::new(FILE) {
        table.reading.error_with_hint(
            span,
            format!("`password-file` should lie outside of what is published, found \"{text}\""),
            "write \"data/private/mail\", which git leaves out, or a whole path such as \
             \"/etc/lanai/mail\"",
        );
        return None;
    }
    Some(path)
}

/// Whoever writes it here would publish it with the next `git push`.
fn refuse_password(table: &mut Table<'_, '_>) {
    if table.lacks_unasked("password") {
        return;
    }
    let place = table.place_of("password");
    table.drop_key("password");
    table.reading.error_with_hint(
        place,
        "a password must not stand in lanai.toml, which is often published in git",
        format!("put it into a file: password-file = \"data/private/mail\", or into {PASSWORD}"),
    );
}
