//! Who is the owner: a pass phrase, a cookie for those who know it, and a word in every form that
//! other sites cannot know.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};

use crate::error::Failure;
use crate::mentions::random;
use crate::store::Store;

/// What the pass phrase is called in the database.
const PASS_PHRASE: &str = "pass phrase";

/// What the cookie is called; browsers send no other of this name from a host that is encrypted.
const COOKIE: &str = "lanai_session";

/// What the cookie of somebody is called who is about to log in.
const GUEST: &str = "lanai_guest";

/// What the cookie of a device is called from which the owner came in once.
const DEVICE: &str = "lanai_device";

/// What these cookies are signed with is called this in the database.
const DEVICES: &str = "known devices";

/// How long a device is known.
const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 365);

/// How long somebody stays logged in.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Sets the pass phrase of a site; whoever is logged in has to log in again.
///
/// # Errors
/// A database that cannot be written.
pub async fn set_pass_phrase(store: &Store, site: &str, phrase: &str) -> Result<(), Failure> {
    let hash = Argon2::default()
        .hash_password(phrase.as_bytes())
        .map_err(|error| Failure::run(format!("cannot hash the pass phrase: {error}")))?;
    store.keep_secret(site, PASS_PHRASE, &hash.to_string()).await?;
    // Nor is any device known that somebody else may have.
    store.keep_secret(site, DEVICES, &random::name()?).await?;
    Ok(store.end_all_sessions(site).await?)
}

/// Whether a site has a pass phrase.
pub(super) async fn has_pass_phrase(store: &Store, site: &str) -> Result<bool, Failure> {
    Ok(store.secret(site, PASS_PHRASE).await?.is_some())
}

/// Whether this is the pass phrase. Takes its time, so that trying many is slow.
pub(super) async fn is_pass_phrase(
    store: &Store,
    site: &str,
    phrase: String,
) -> Result<bool, Failure> {
    let Some(known) = store.secret(site, PASS_PHRASE).await? else { return Ok(false) };
    let checked = tokio::task::spawn_blocking(move || {
        let known = PasswordHash::new(&known).ok();
        known.is_some_and(|known| {
            Argon2::default().verify_password(phrase.as_bytes(), &known).is_ok()
        })
    });
    checked.await.map_err(|error| Failure::run(error.to_string()))
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    token: String,
}

impl Session {
    /// Begins one; returns the line that makes the browser keep it.
    pub(super) async fn begin(
        store: &Store,
        site: &str,
        (now, is_encrypted): (Timestamp, bool),
    ) -> Result<HeaderValue, Failure> {
        let token = random::name()?;
        let expires = now.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        store.begin_session(site, &hash(&token), now, expires).await?;
        cookie(COOKIE, &token, Some(LONGEST.as_secs()), is_encrypted)
    }

    /// The session of a request, if it has one that still holds.
    pub(super) async fn of(
        store: &Store,
        site: &str,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Self>, Failure> {
        let Some(token) = cookie_of(headers, COOKIE) else { return Ok(None) };
        let holds = store.has_session(site, &hash(&token), now).await?;
        Ok(holds.then_some(Self { token }))
    }

    /// Ends it.
    pub(super) async fn end(self, store: &Store, site: &str) -> Result<HeaderValue, Failure> {
        store.end_session(site, &hash(&self.token)).await?;
        cookie(COOKIE, "", Some(0), false)
    }

    /// The word of its forms.
    pub(super) fn word(&self) -> String {
        word(&self.token)
    }
}

/// The device of a request, if the owner came in from it once. It opens nothing: it is only counted
/// apart from strangers.
pub(super) async fn known_device(
    store: &Store,
    site: &str,
    headers: &HeaderMap,
) -> Result<Option<String>, Failure> {
    let Some(value) = cookie_of(headers, DEVICE) else { return Ok(None) };
    let Some(secret) = store.secret(site, DEVICES).await? else { return Ok(None) };
    let known = value.split_once('.').filter(|(name, mark)| same(&signed(&secret, name), mark));
    Ok(known.map(|(name, _)| name.to_owned()))
}

/// The line that makes the browser tell who it is next time.
pub(super) async fn remember_device(
    store: &Store,
    site: &str,
    is_encrypted: bool,
) -> Result<HeaderValue, Failure> {
    let secret = store.secret_or(site, DEVICES, &random::name()?).await?;
    let name = random::name()?;
    let value = format!("{name}.{}", signed(&secret, &name));
    cookie(DEVICE, &value, Some(KNOWN.as_secs()), is_encrypted)
}

fn signed(secret: &str, name: &str) -> String {
    let key = blake3::derive_key("lanai 2026-11 devices that are known", secret.as_bytes());
    let hash = blake3::keyed_hash(&key, name.as_bytes());
    hash.to_hex().as_str().get(..32).unwrap_or_default().to_owned()
}

/// The word of the form by which a guest logs in, and the line that makes the browser keep what it
/// goes by.
pub(super) fn guest(
    headers: &HeaderMap,
    is_encrypted: bool,
) -> Result<(String, Option<HeaderValue>), Failure> {
    if let Some(token) = cookie_of(headers, GUEST) {
        return Ok((word(&token), None));
    }
    let token = random::name()?;
    Ok((word(&token), Some(cookie(GUEST, &token, None, is_encrypted)?)))
}

/// Whether a form of a guest has the word that was put into it.
pub(super) fn is_guests(headers: &HeaderMap, given: &str) -> bool {
    cookie_of(headers, GUEST).is_some_and(|token| same(&word(&token), given))
}

/// Whether two words are the same, in a time that does not tell where they differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

/// What stands in forms: nobody who sees it can tell the cookie from it.
fn word(token: &str) -> String {
    let hash = blake3::derive_key("lanai 2026 the word of forms", token.as_bytes());
    blake3::Hash::from(hash).to_hex().as_str().get(..32).unwrap_or_default().to_owned()
}

/// What stands in the database.
fn hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

fn cookie(
    name: &str,
    value: &str,
    seconds: Option<i64>,
    is_encrypted: bool,
) -> Result<HeaderValue, Failure> {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if is_encrypted { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    HeaderValue::try_from(line).map_err(|error| Failure::run(error.to_string()))
}

fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned());
    found.filter(|value| value.len() <= 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_form_goes_by_the_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; lanai_guest=xyz; b=2"));
        let (known, line) = guest(&headers, false).unwrap();
        assert!(line.is_none());
        assert!(is_guests(&headers, &known));
        assert!(!is_guests(&headers, "xyz"));
        assert!(!is_guests(&HeaderMap::new(), &known));
        let (_, line) = guest(&HeaderMap::new(), true).unwrap();
        let line = line.unwrap().to_str().unwrap().to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(line.contains(part), "{line}");
        }
    }

    #[tokio::test]
    async fn a_device_is_known_until_the_pass_phrase_changes() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let line = remember_device(&store, "a", true).await.unwrap();
        let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        let with = |pair: &str| {
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).unwrap())])
        };
        let name = known_device(&store, "a", &with(&pair)).await.unwrap().unwrap();
        assert!(pair.contains(&name));
        for wrong in ["lanai_device=", "lanai_device=x.y", &pair, &format!("{pair}0")] {
            let known = known_device(&store, "a", &with(wrong)).await.unwrap();
            assert_eq!(known.is_some(), wrong == pair, "{wrong}");
        }
        assert!(known_device(&store, "b", &with(&pair)).await.unwrap().is_none());
        set_pass_phrase(&store, "a", "four quiet words here").await.unwrap();
        assert!(known_device(&store, "a", &with(&pair)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn only_the_pass_phrase_opens_and_a_new_one_ends_all_sessions() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let now = Timestamp::UNIX_EPOCH;
        assert!(!has_pass_phrase(&store, "a").await.unwrap());
        set_pass_phrase(&store, "a", "four quiet words here").await.unwrap();
        let opens = |phrase: &str| is_pass_phrase(&store, "a", phrase.to_owned());
        assert!(opens("four quiet words here").await.unwrap());
        assert!(!opens("four quiet words").await.unwrap());
        assert!(!is_pass_phrase(&store, "b", "four quiet words here".into()).await.unwrap());
        let line = Session::begin(&store, "a", (now, false)).await.unwrap();
        let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).unwrap())]);
        assert!(Session::of(&store, "a", &headers, now).await.unwrap().is_some());
        assert!(Session::of(&store, "b", &headers, now).await.unwrap().is_none());
        let late = now.checked_add(LONGEST).unwrap();
        assert!(Session::of(&store, "a", &headers, late).await.unwrap().is_none());
        set_pass_phrase(&store, "a", "other words entirely").await.unwrap();
        assert!(Session::of(&store, "a", &headers, now).await.unwrap().is_none());
    }
}
