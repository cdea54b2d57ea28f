//! Generates the stubs from protos/.
use std::{env, fs, path::Path};

// Google's protos, which hookd's protos import. tonic-types contains their Rust code.
const DEBIANS_GOOGLEAPIS: &str = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = Path::new("../../protos");
    let googleapis = env::var("GOOGLEAPIS").unwrap_or(DEBIANS_GOOGLEAPIS.into());
    let mut files = Vec::new();
    for entry in fs::read_dir(protos.join("hookd/v1"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    println!("cargo:rerun-if-changed=../../protos");
    println!("cargo:rerun-if-env-changed=GOOGLEAPIS");
    tonic_prost_build::configure()
        .build_server(false)
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_protos(&files, &[protos.to_path_buf(), googleapis.into()])?;
    Ok(())
}
