//! Compiles the .proto files with protox, so that no `protoc` is needed anywhere.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");

    let descriptors = protox::compile(["tfplugin6.proto", "goplugin.proto", "health.proto"], ["proto"])?;

    // For the test that guards field numbers.
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out_dir.join("descriptors.bin"), prost::Message::encode_to_vec(&descriptors))?;

    tonic_prost_build::configure()
        // The same schema must give the same bytes in every process: hosts cache and compare.
        .btree_map(".")
        // Calls that a server does not write answer UNIMPLEMENTED, which hosts understand as "not offered".
        .generate_default_stubs(true)
        // Clients without a way to connect: tests and tools bring their own channel.
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}
