//! What the protocols of the social web demand, as pure functions: bytes in, decision out. Asking
//! the network, keeping and answering are left to the rooms below.

pub mod webmention;
