//! Tells cargo to compile again when a theme changes: the themes are part of the binary.

fn main() {
    println!("cargo:rerun-if-changed=themes");
}
