//! WM-N-01 and WM-N-04: which addresses are public, in every spelling, and what exceptions open.

use lanai::config::Allowed;
use lanai::net::{Guard, is_public};
use url::Url;

/// Every special range has its first and last address here, and the public neighbours beside it.
const ADDRESSES: &[(&str, bool)] = &[
    ("0.0.0.0", false),
    ("0.255.255.255", false),
    ("1.0.0.0", true),
    ("9.255.255.255", true),
    ("10.0.0.0", false),
    ("10.255.255.255", false),
    ("11.0.0.0", true),
    ("100.63.255.255", true),
    ("100.64.0.0", false),
    ("100.100.100.200", false),
    ("100.127.255.255", false),
    ("100.128.0.0", true),
    ("126.255.255.255", true),
    ("127.0.0.0", false),
    ("127.0.0.1", false),
    ("127.255.255.255", false),
    ("128.0.0.0", true),
    ("168.63.129.15", true),
    ("168.63.129.16", false),
    ("169.253.255.255", true),
    ("169.254.0.0", false),
    ("169.254.169.254", false),
    ("169.254.255.255", false),
    ("169.255.0.0", true),
    ("172.15.255.255", true),
    ("172.16.0.0", false),
    ("172.31.255.255", false),
    ("172.32.0.0", true),
    ("191.255.255.255", true),
    ("192.0.0.0", false),
    ("192.0.0.192", false),
    ("192.0.0.255", false),
    ("192.0.1.0", true),
    ("192.0.2.0", false),
    ("192.0.2.255", false),
    ("192.0.3.0", true),
    ("192.31.196.1", false),
    ("192.88.99.1", false),
    ("192.167.255.255", true),
    ("192.168.0.0", false),
    ("192.168.255.255", false),
    ("192.169.0.0", true),
    ("192.175.48.1", false),
    ("198.17.255.255", true),
    ("198.18.0.0", false),
    ("198.19.255.255", false),
    ("198.20.0.0", true),
    ("198.51.100.1", false),
    ("203.0.112.255", true),
    ("203.0.113.1", false),
    ("203.0.114.0", true),
    ("223.255.255.255", true),
    ("224.0.0.1", false),
    ("239.255.255.255", false),
    ("240.0.0.1", false),
    ("255.255.255.255", false),
    ("93.184.215.14", true),
    ("::", false),
    ("::1", false),
    ("::2", false),
    ("::7f00:1", false),
    ("::ffff:127.0.0.1", false),
    ("::ffff:10.0.0.1", false),
    ("::ffff:169.254.169.254", false),
    ("::ffff:93.184.215.14", true),
    ("::ffff:0:127.0.0.1", false),
    ("64:ff9b::7f00:1", false),
    ("64:ff9b::a00:1", false),
    ("64:ff9b::5db8:d70e", true),
    ("64:ff9b:1::1", false),
    ("100::1", false),
    ("1fff:ffff::1", false),
    ("2000::1", true),
    ("2001::1", false),
    ("2001:1ff:ffff::1", false),
    ("2001:200::1", true),
    ("2001:db7:ffff::1", true),
    ("2001:db8::1", false),
    ("2001:db9::1", true),
    ("2002:7f00:1::1", false),
    ("2002:5db8:d70e::1", false),
    ("2003::1", true),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", true),
    ("2620:4f:8000::1", false),
    ("3ffe:ffff::1", true),
    ("3fff::1", false),
    ("3fff:fff:ffff::1", false),
    ("3fff:1000::1", true),
    ("4000::1", false),
    ("5f00::1", false),
    ("fc00::1", false),
    ("fd00:ec2::254", false),
    ("fdff:ffff::1", false),
    ("fe80::1", false),
    ("febf:ffff::1", false),
    ("fec0::1", false),
    ("ff00::1", false),
    ("ff02::1", false),
    ("ffff:ffff::1", false),
];

#[test]
fn wm_n_01_addresses_that_are_not_public_are_known() {
    let wrong: Vec<_> = ADDRESSES
        .iter()
        .filter(|(address, public)| is_public(address.parse().unwrap()) != *public)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Addresses as people who look for a way in write them, and what the guard says before a name is
/// looked up.
const URLS: &[(&str, bool)] = &[
    ("http://93.184.215.14/", true),
    ("https://example.com/", true),
    ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", true),
    ("http://127.0.0.1/", false),
    ("http://127.0.0.1:8080/", false),
    ("http://127.1/", false),
    ("http://2130706433/", false),
    ("http://0x7f000001/", false),
    ("http://0x7f.1/", false),
    ("http://0177.0.0.1/", false),
    ("http://017700000001/", false),
    ("http://127.0.0.1./", false),
    ("http://%31%32%37.0.0.1/", false),
    ("http://１２７.０.０.１/", false),
    ("http://127。0。0。1/", false),
    ("http://user:word@127.0.0.1/", false),
    ("http://example.com@10.0.0.1/", false),
    ("http://0/", false),
    ("http://169.254.169.254/latest/meta-data/", false),
    ("http://[::1]/", false),
    ("http://[::]/", false),
    ("http://[::ffff:127.0.0.1]/", false),
    ("http://[::ffff:7f00:1]/", false),
    ("http://[0:0:0:0:0:ffff:127.0.0.1]/", false),
    ("http://[64:ff9b::127.0.0.1]/", false),
    ("http://[fe80::1]/", false),
    ("http://[fd00:ec2::254]/", false),
    ("file:///etc/passwd", false),
    ("ftp://93.184.215.14/", false),
    ("gopher://93.184.215.14:25/", false),
    ("data:text/html,hello", false),
    ("mailto:ana@example.com", false),
    ("ws://93.184.215.14/", false),
];

#[test]
fn wm_n_01_an_address_is_refused_in_every_spelling() {
    let guard = Guard::default();
    let wrong: Vec<_> = URLS
        .iter()
        .filter(|(url, lets)| guard.check(&Url::parse(url).unwrap()).is_ok() != *lets)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn guard(allowed: &[&str]) -> Guard {
    Guard::new(allowed.iter().map(|text| text.parse::<Allowed>().unwrap()).collect())
}

#[test]
fn wm_n_04_exceptions_open_what_they_name_and_nothing_else() {
    let cases = [
        ("127.0.0.0/8", "http://127.0.0.9:81/", true),
        ("127.0.0.0/8", "http://[::ffff:127.0.0.1]/", true),
        ("127.0.0.0/8", "http://[::1]/", false),
        ("127.0.0.0/8", "http://10.0.0.1/", false),
        ("192.168.1.7", "http://192.168.1.7/", true),
        ("192.168.1.7", "http://192.168.1.8/", false),
        ("127.0.0.1:4001", "http://127.0.0.1:4001/", true),
        ("127.0.0.1:4001", "http://127.0.0.1:4002/", false),
        ("127.0.0.1:80", "http://127.0.0.1/", true),
        ("[::1]:4001", "http://[::1]:4001/", true),
        ("fd00::/8", "http://[fd12::1]/", true),
        ("0.0.0.0/0", "ftp://127.0.0.1/", false),
    ];
    for (allowed, url, lets) in cases {
        let checked = guard(&[allowed]).check(&Url::parse(url).unwrap());
        assert_eq!(checked.is_ok(), lets, "{allowed} and {url}: {checked:?}");
    }
}
