//! Rules, relays, reply policies, crowds, and trying rules out.
