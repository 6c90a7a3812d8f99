//! The signature of a delivery (S §7.1): `X-Hub-Signature: sha256=…`.

#[cfg(feature = "network")]
use aws_lc_rs::hmac;

/// How a delivery is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Method {
    /// Bytes of its signatures.
    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// A signature as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// How it was made.
    pub method: Method,
    digest: Vec<u8>,
}

/// Reads a signature; none if it is of no known method, or not as long as one of that.
#[must_use]
pub fn read(header: &str) -> Option<Signature> {
    let (method, digest) = header.trim().split_once('=')?;
    let method = match method.trim().to_ascii_lowercase().as_str() {
        "sha1" => Method::Sha1,
        "sha256" => Method::Sha256,
        "sha384" => Method::Sha384,
        "sha512" => Method::Sha512,
        _ => return None,
    };
    let digest = bytes(digest.trim())?;
    (digest.len() == method.length()).then_some(Signature { method, digest })
}

/// Bytes written as hexadecimal digits, of either case.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect()
}

#[cfg(feature = "network")]
impl Signature {
    /// Whether it is that of a body, made with a secret. Takes as long whether it is nearly right or
    /// not at all.
    #[must_use]
    pub fn is_of(&self, secret: &str, body: &[u8]) -> bool {
        let method = match self.method {
            Method::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Method::Sha256 => hmac::HMAC_SHA256,
            Method::Sha384 => hmac::HMAC_SHA384,
            Method::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::verify(&hmac::Key::new(method, secret.as_bytes()), body, &self.digest).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 2202 and RFC 4231, the second cases.
    const SIGNED: [(&str, &str); 4] = [
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "sha384",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
             8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            "sha512",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ];

    #[test]
    #[cfg(feature = "network")]
    fn ws_c_03_each_method_signs_the_bytes() {
        let body = b"what do ya want for nothing?";
        for (method, digest) in SIGNED {
            for header in [
                format!("{method}={digest}"),
                format!("{}={}", method.to_uppercase(), digest.to_uppercase()),
                format!(" {method} = {digest} "),
            ] {
                let signature = read(&header).unwrap();
                assert!(signature.is_of("Jefe", body), "{header}");
                assert!(!signature.is_of("jefe", body), "{header}");
                assert!(!signature.is_of("Jefe", b"what do ya want for nothing!"), "{header}");
            }
        }
    }

    #[test]
    fn ws_c_06_what_is_no_signature_is_none() {
        let (_, sha256) = SIGNED[1];
        for header in [
            "",
            "=",
            "sha256",
            "sha256=",
            "sha256=5bdc",
            "sha256=zz",
            "md5=5bdcc146bf60754e6a042426089575c7",
            &format!("sha224={sha256}"),
            &format!("sha1={sha256}"),
            &format!("sha256={sha256}0"),
            &format!("sha256={sha256}00"),
            &format!("sha256={sha256},sha256={sha256}"),
            &format!("sha256=0x{}", sha256.strip_prefix("5b").unwrap()),
            &format!("sha256={}é", sha256.strip_prefix("5b").unwrap()),
            sha256,
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }

    #[test]
    #[cfg(feature = "network")]
    fn ws_c_03_each_flipped_bit_is_another_signature() {
        let body = b"what do ya want for nothing?";
        for (method, digest) in SIGNED {
            let good = format!("{method}={digest}");
            for at in 0..good.len() {
                for bit in 0..8 {
                    let mut bytes = good.clone().into_bytes();
                    bytes[at] ^= 1 << bit;
                    let Ok(header) = String::from_utf8(bytes) else { continue };
                    let is_same = header.eq_ignore_ascii_case(&good);
                    let is_right = read(&header).is_some_and(|found| found.is_of("Jefe", body));
                    assert_eq!(is_right, is_same, "{header}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read(text in "(sha(1|256|384|512)?=)?[0-9a-fA-F= é]{0,130}") {
            if let Some(signature) = read(&text) {
                prop_assert_eq!(signature.digest.len(), signature.method.length());
            }
        }
    }
}
